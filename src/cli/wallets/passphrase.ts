import { EXIT } from '../exit-codes.js'
import { askHidden } from '../prompts.js'
import { readSecret } from '../read-input.js'
import { type Terminal, UsageError } from '../terminal.js'

/** Where a passphrase comes from, if no person types it. */
export interface PassphraseOptions {
  readonly passphraseFile?: string
  readonly passphraseStdin?: boolean
}

/** Fewer characters are tried out in no time, however much each try costs. */
const LEAST_LENGTH = 8
const FLAGS = '--passphrase-file FILE'

/** Whether a person is asked for it. */
export function isTyped({ canAsk }: Terminal, { passphraseFile, passphraseStdin }: PassphraseOptions): boolean {
  return canAsk && passphraseFile === undefined && !passphraseStdin
}

/** The passphrase of a wallet that is there. @throws UsageError, with the exit code of what stays locked */
export async function knownPassphrase(terminal: Terminal, options: PassphraseOptions, wallet: string): Promise<string> {
  const given = await givenPassphrase(terminal, options)
  if (given !== undefined) return given
  if (!terminal.canAsk) {
    throw new UsageError(
      `wallet ${wallet} is locked, and nobody can be asked for its passphrase here`,
      `add ${FLAGS}, or --passphrase-stdin`,
      EXIT.locked,
    )
  }
  return askHidden(terminal, `Passphrase of wallet ${wallet}:`, FLAGS)
}

/** The passphrase that a new wallet gets. */
export async function newPassphrase(terminal: Terminal, options: PassphraseOptions): Promise<string> {
  const given = await givenPassphrase(terminal, options)
  if (given !== undefined) {
    const complaint = complaintOf(given)
    if (complaint !== undefined) throw new UsageError(complaint)
    return given
  }
  const chosen = await askHidden(terminal, `Passphrase, of ${LEAST_LENGTH} characters or more:`, FLAGS, complaintOf)
  await askHidden(terminal, 'Once more:', FLAGS, (text) => (text === chosen ? undefined : 'that was another one'))
  return chosen
}

function complaintOf(passphrase: string): string | undefined {
  if ([...passphrase].length >= LEAST_LENGTH && passphrase.trim() !== '') return undefined
  return `a passphrase has ${LEAST_LENGTH} characters or more: several words are best`
}

/** The first line of the file or of stdin. */
async function givenPassphrase(
  terminal: Terminal,
  { passphraseFile, passphraseStdin }: PassphraseOptions,
): Promise<string | undefined> {
  if (passphraseStdin && passphraseFile !== undefined) {
    throw new UsageError('the passphrase comes of a file or of stdin, not of both', `leave out ${FLAGS}`)
  }
  const file = passphraseStdin ? '-' : passphraseFile
  if (file === undefined) return undefined
  const [line] = (await readSecret(terminal, file)).split(/\r?\n/, 1)
  if (line !== '') return line
  throw new UsageError(
    `${file === '-' ? 'what is piped in' : file} has no passphrase in its first line`,
    `${FLAGS} names one that has`,
  )
}
