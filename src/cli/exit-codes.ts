import type { ApiErrorCode } from '../api/errors.js'

export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  unreachable: 3,
  locked: 4,
  refused: 5,
  declined: 6,
  timeout: 7,
  interrupted: 130,
} as const

export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  failure: 'failure',
  usage: 'wrong usage: the command cannot be carried out as it was given',
  unreachable: 'the node cannot be reached',
  locked: 'the wallet stays locked: no passphrase, or a wrong one',
  refused: 'the node refused it, or blocks of a file',
  declined: 'you were asked, and did not agree',
  timeout: 'the node did not answer in time',
  interrupted: 'Ctrl-C or SIGTERM; chain serve, which is stopped that way, ends with 0',
}

/** The node is not at fault when it refuses: the request is. */
export function exitCodeOf(code: ApiErrorCode): number {
  switch (code) {
    case 'node-unreachable':
      return EXIT.unreachable
    case 'timeout':
      return EXIT.timeout
    case 'internal':
    case 'bad-answer':
    case 'unsupported':
    case 'cannot-write':
    case 'store-damaged':
      return EXIT.failure
    default:
      return EXIT.refused
  }
}
