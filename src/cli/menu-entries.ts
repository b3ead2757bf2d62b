import type { Network } from '../consensus/network.js'
import { TUTORIAL_RULES } from '../consensus/networks.js'
import { askChoice, askOptional, askText, type Choice, complaintOf } from './prompts.js'
import type { Terminal } from './terminal.js'

/** The words of a command that does the same; none to go back. */
export type Words = readonly string[]

export interface MenuEntry {
  readonly name: string
  /** What it does, for whom the name tells nothing. */
  readonly description: string
  /** Whether its command talks to a node, and so has to be told which. */
  readonly isOfNode: boolean
  /** Whether the command takes the node for itself, so that no other process may have it. */
  readonly takesNode?: boolean
  /** Whether its command does something on such a network; on all, unless it is said. */
  readonly isFor?: (network: Network) => boolean
  /** Asks for what the command needs. */
  words(terminal: Terminal, node: AskedNode): Promise<Words>
}

/** What the questions have to know of the node that the menu is about. */
export interface AskedNode {
  readonly network: Network
  /** Whether it is of this machine, and no other process has it. */
  readonly isFree: boolean
  readonly identity: string
}

const SECURE_RULES = 'secure'
const BACK: Choice = { name: 'back', value: 'back' }

/** All that the menu offers, what a newcomer wants first. */
export const MENU_ENTRIES: readonly MenuEntry[] = [
  entry('mine a block', 'search for a proof; the reward is yours, and pending transactions get into the block', [
    'mine',
  ]),
  entry('send', 'a payment waits among the pending transactions until a block holds it', askPayment),
  {
    ...entry('wallet', 'keys of your own: what they hold, an address for who pays you', askWallet),
    isFor: ({ signing }) => signing !== undefined,
  },
  entry('balance', 'what an address got less what it sent', askAddress('balance')),
  entry('history', 'what an address paid and was paid, the last first', askAddress('history')),
  entry('pending transactions', 'what the next block will hold', ['pending']),
  entry('blocks', 'the last blocks of the chain', ['chain']),
  entry('one block', 'a block with its transactions', async (terminal) => [
    'block',
    ...(await askOptional(terminal, 'Which one? (its height or hash; Enter: the last)')),
  ]),
  entry('one transaction', 'a transaction and the blocks that hold it', async (terminal) => [
    'tx',
    await askText(terminal, 'Which one? (its id, or its place, such as 2.0)', 'the argument'),
  ]),
  entry('peers', 'the nodes whose chains are asked for', askPeers),
  entry('resolve', "adopt the longest valid chain among the peers'; it says of each why, or why not", ['resolve']),
  entry('watch', 'what happens on the node, as it happens, until Ctrl-C', ['watch']),
  { ...entry('serve', 'run the node, for other nodes and for curl, until Ctrl-C', ['serve']), takesNode: true },
  entry('status', 'the node in more words', ['status']),
  entry('check or copy the chain', 'verify, export, import', askUpkeep),
  {
    ...entry('begin anew', 'remove the chain, the pending transactions and the peers; asks first', ['reset']),
    takesNode: true,
  },
  { ...entry('networks', 'the rules by which nodes can be peers', askNetworks), isOfNode: false },
  { ...entry('settings', 'what is set once instead of being typed each time', askSettings), isOfNode: false },
]

function entry(name: string, description: string, words: Words | MenuEntry['words']): MenuEntry {
  const ask = typeof words === 'function' ? words : async () => words
  return { name, description, isOfNode: true, words: ask }
}

async function askPayment(terminal: Terminal, { network }: AskedNode): Promise<Words> {
  const to = await askText(terminal, 'To whom?', '--to ADDRESS')
  const complaint = (text: string): string | undefined => complaintOf(network.checkAmount(text))
  return ['send', '--to', to, '--amount', await askText(terminal, 'How much?', '--amount NUMBER', complaint)]
}

async function askWallet(terminal: Terminal, { network }: AskedNode): Promise<Words> {
  const what = await askOne(terminal, 'Wallet', [
    { name: 'show what it holds', value: 'show' },
    { name: 'receive: an address and its QR code', value: 'receive' },
    { name: 'make one', value: 'new' },
    { name: 'restore one, of its words', value: 'restore' },
    { name: 'one more account', value: 'account' },
    { name: 'show the words again', value: 'export' },
  ])
  if (what === BACK.value) return []
  if (what === 'show') return ['wallet', what]
  // Those ask no node, which would say of which network it is.
  return ['wallet', what, ...(what === 'export' ? ['--words'] : ['--network', network.name])]
}

function askAddress(command: string): MenuEntry['words'] {
  return async (terminal, { network }) => {
    const own = network.signing === undefined ? "this node's identity" : "your wallet's first account"
    return [command, ...(await askOptional(terminal, `Whose? (Enter: ${own})`))]
  }
}

async function askPeers(terminal: Terminal): Promise<Words> {
  const what = await askOne(terminal, 'Peers', [
    { name: 'show them', value: 'list' },
    { name: 'add one', value: 'add' },
    { name: 'remove one', value: 'remove' },
  ])
  if (what === BACK.value) return []
  if (what === 'list') return ['peers', 'list']
  return ['peers', what, await askText(terminal, 'Its address? (such as http://localhost:5002)', 'http://HOST:PORT')]
}

async function askUpkeep(terminal: Terminal, { isFree }: AskedNode): Promise<Words> {
  const what = await askOne(terminal, 'The chain', [
    { name: 'check all of it', value: 'verify' },
    { name: 'write it to a file', value: 'export' },
    ...(isFree ? [{ name: 'adopt that of a file, if it is longer', value: 'import' }] : []),
  ])
  if (what === BACK.value) return []
  if (what === 'verify') return [what]
  return [what, await askText(terminal, 'Which file?', 'the argument')]
}

async function askNetworks(terminal: Terminal): Promise<Words> {
  const what = await askOne(terminal, 'Networks', [
    { name: 'show them', value: 'list' },
    { name: 'make one of your own', value: 'new' },
    { name: 'remove one of your own', value: 'remove' },
  ])
  if (what === BACK.value) return []
  if (what === 'list') return ['network', 'list']
  if (what === 'remove') return ['network', 'remove', await askText(terminal, 'Which one?', 'the argument')]
  const choices = [...TUTORIAL_RULES, SECURE_RULES].map((name) => ({ name, value: name }))
  const rules = await askChoice(terminal, 'By whose rules?', '--rules RULES', choices)
  if (rules === SECURE_RULES) {
    const name = await askText(terminal, 'Its name?', 'the argument')
    const seconds = await askText(
      terminal,
      'How many seconds is a block to take? (30 is usual)',
      '--block-time SECONDS',
    )
    return ['network', 'new', name, '--rules', rules, '--block-time', seconds]
  }
  const zeros = await askText(terminal, 'How many zeros? (1 to 10; each makes a search 16 times as long)', '--zeros N')
  const name = await askOptional(terminal, 'Its name? (Enter: the rules and the zeros)')
  return ['network', 'new', ...name, '--rules', rules, '--zeros', zeros]
}

async function askSettings(terminal: Terminal): Promise<Words> {
  const { DEFAULTS } = await import('../config/defaults.js')
  const what = await askOne(terminal, 'Settings', [
    { name: 'show them', value: 'list' },
    ...Object.entries(DEFAULTS).map(([name, { description }]) => ({ name: `set ${name}`, value: name, description })),
  ])
  if (what === BACK.value) return []
  if (what === 'list') return ['config', 'list']
  return ['config', 'set', what, ...(await askOptional(terminal, 'To what? (Enter: take it back)'))]
}

function askOne(terminal: Terminal, question: string, choices: readonly Choice[]): Promise<string> {
  return askChoice(terminal, question, 'a command', [...choices, BACK])
}
