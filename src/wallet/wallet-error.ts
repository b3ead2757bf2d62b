export type WalletErrorCode =
  /** Not the words of a seed. */
  | 'bad-words'
  /** The passphrase is another one, or what it opens was changed. */
  | 'wrong-passphrase'
  /** No keystore, or one that was changed. */
  | 'keystore-damaged'

/** A wallet cannot be opened, or made of what was given. */
export class WalletError extends Error {
  readonly code: WalletErrorCode
  readonly hint: string | undefined

  constructor(code: WalletErrorCode, message: string, hint?: string) {
    super(message)
    this.name = 'WalletError'
    this.code = code
    this.hint = hint
  }
}
