import type { PassphraseOptions } from '../wallets/passphrase.js'

/** What `chain send` was given. */
export interface SendOptions extends PassphraseOptions {
  readonly to?: string
  readonly amount?: string
  readonly from?: string
  readonly dryRun?: boolean
  /** The rest is of payments that are signed. */
  readonly fee?: string
  readonly memo?: string
  readonly nonce?: number
  readonly unsigned?: boolean
  /** Confirmations to be waited for. */
  readonly wait?: number
}
