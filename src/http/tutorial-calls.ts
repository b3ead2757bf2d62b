import {
  acceptedSchema,
  chainSchema,
  forgedBlockSchema,
  paymentSchema,
  registeredSchema,
  registerSchema,
  resolvedSchema,
} from '../api/tutorial-schemas.js'
import { answer, type CallSchema, orText, refusals } from './call-schema.js'

export const MISSING_VALUES = 'Missing values'
export const NO_NODES = 'Error: Please supply a valid list of nodes'

const paymentRefusals = refusals(
  'bad-request',
  'bad-format',
  'bad-address',
  'bad-amount',
  'too-large',
  'unsupported-media-type',
  'pool-full',
  'cannot-write',
)
const registerRefusals = refusals(
  'bad-request',
  'bad-peer-address',
  'too-many-peers',
  'too-large',
  'unsupported-media-type',
  'cannot-write',
)

/** Descriptions of the tutorial's five calls. */
export const tutorialCalls = {
  mine: {
    operationId: 'mine',
    tags: ['tutorial'],
    summary: 'Mine a block',
    description: 'Searches are done one at a time; a search ends when the one who asked for it hangs up.',
    response: { 200: answer(forgedBlockSchema, 'The block.'), ...refusals('shutting-down', 'cannot-write') },
  },
  newTransaction: {
    operationId: 'newTransaction',
    tags: ['tutorial'],
    summary: 'Have a transaction become pending',
    body: paymentSchema,
    response: {
      ...paymentRefusals,
      201: answer(acceptedSchema, 'It is kept, and waits for a block.'),
      400: orText(paymentRefusals[400]!, MISSING_VALUES),
    },
  },
  chain: {
    operationId: 'getChain',
    tags: ['tutorial'],
    summary: 'The whole chain',
    response: { 200: answer(chainSchema, 'All blocks, however many there are.'), ...refusals('store-damaged') },
  },
  register: {
    operationId: 'registerNodes',
    tags: ['tutorial'],
    summary: 'Register peers',
    description: 'This node will ask them for their chains. They do not ask this one, unless it is registered there.',
    body: registerSchema,
    response: {
      ...registerRefusals,
      201: answer(registeredSchema, 'All peers that are registered now.'),
      400: orText(registerRefusals[400]!, NO_NODES),
    },
  },
  resolve: {
    operationId: 'resolveConflicts',
    tags: ['tutorial'],
    summary: 'Adopt the longest valid chain among the peers',
    response: {
      200: answer(resolvedSchema, 'The whole chain, after a longer one was taken over, or none was.'),
      ...refusals('shutting-down', 'cannot-write'),
    },
  },
} satisfies Record<string, CallSchema>
