import { z } from 'zod'
import { openAesGcm, type ScryptCost, scrypt, sealAesGcm } from '#secrets'
import { bytesOfHex, hexOf, utf8 } from '../primitives/bytes.js'
import { accountPath, MAX_ACCOUNTS, Seed } from './seed.js'
import { WalletError } from './wallet-error.js'

/** What it costs to try a passphrase: 128 MiB, and about half a second. */
export const KEYSTORE_COST: ScryptCost = { n: 2 ** 17, r: 8, p: 1 }
/** Of a file: less would protect nothing, more would be a way to take all memory of who opens it. */
const LEAST_N = 2 ** 14
const LARGEST_N = 2 ** 20

const KEY_BYTES = 32
export const SALT_BYTES = 32
export const NONCE_BYTES = 12

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`))

const fileSchema = z.strictObject({
  format: z.literal('chain-wallet'),
  version: z.literal(1),
  accounts: z
    .array(z.strictObject({ path: z.string(), public_key: hex(32) }))
    .min(1)
    .max(MAX_ACCOUNTS)
    .refine((accounts) => accounts.every(({ path }, i) => path === accountPath(i))),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    n: z
      .int()
      .min(LEAST_N)
      .max(LARGEST_N)
      .refine((n) => Number.isInteger(Math.log2(n))),
    r: z.literal(KEYSTORE_COST.r),
    p: z.literal(KEYSTORE_COST.p),
    salt: hex(SALT_BYTES),
  }),
  cipher: z.strictObject({ name: z.literal('aes-256-gcm'), nonce: hex(NONCE_BYTES) }),
  /** The entropy of the words, encrypted, and the tag of 16 bytes. */
  ciphertext: z.string().regex(/^([0-9a-f]{64}|[0-9a-f]{96})$/),
})
type KeystoreFile = z.infer<typeof fileSchema>

/** New randomness, for one keystore: with the same nonce and key a second text would tell the first. */
export interface Randomness {
  /** 32 bytes. */
  readonly salt: Uint8Array
  /** 12 bytes. */
  readonly nonce: Uint8Array
}

/**
 * A seed, encrypted under a passphrase: AES-256-GCM with a key of scrypt (RFC 7914). What else the file says is not secret, and is
 * authenticated: the text of the file without `ciphertext`, without spaces, its fields in the order in which they are written.
 */
export class Keystore {
  readonly #file: KeystoreFile

  private constructor(file: KeystoreFile) {
    this.#file = file
  }

  /**
   * @param accounts how many of the seed's keys the wallet has
   * @param cost for tests
   */
  static async seal(
    seed: Seed,
    accounts: number,
    passphrase: string,
    { salt, nonce }: Randomness,
    cost = KEYSTORE_COST,
  ): Promise<Keystore> {
    const head: Omit<KeystoreFile, 'ciphertext'> = {
      format: 'chain-wallet',
      version: 1,
      accounts: Array.from({ length: accounts }, (_, i) => ({
        path: accountPath(i),
        public_key: hexOf(seed.account(i).publicKey),
      })),
      kdf: { name: 'scrypt', n: cost.n, r: KEYSTORE_COST.r, p: KEYSTORE_COST.p, salt: hexOf(salt) },
      cipher: { name: 'aes-256-gcm', nonce: hexOf(nonce) },
    }
    const key = await keyOf(passphrase, head.kdf)
    const ciphertext = hexOf(sealAesGcm(key, nonce, seed.entropy, authenticated(head)))
    return new Keystore({ ...head, ciphertext })
  }

  /** @throws WalletError keystore-damaged */
  static parse(text: string): Keystore {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      throw damaged('it is no JSON')
    }
    const parsed = fileSchema.safeParse(json)
    if (parsed.success) return new Keystore(parsed.data)
    const { path } = parsed.error.issues[0]!
    throw damaged(path.length === 0 ? 'it has other fields' : `"${path.join('.')}" is not what it must be`)
  }

  /** Public keys, 32 bytes each, in the order of the accounts. Whoever can change the file can change these: opening it tells. */
  get publicKeys(): Uint8Array[] {
    return this.#file.accounts.map(({ public_key }) => bytesOfHex(public_key))
  }

  /** As it is written to a file. */
  get text(): string {
    return `${JSON.stringify(this.#file, undefined, 2)}\n`
  }

  /** @throws WalletError wrong-passphrase */
  async open(passphrase: string): Promise<Seed> {
    const { ciphertext, ...head } = this.#file
    const key = await keyOf(passphrase, head.kdf)
    const entropy = openAesGcm(key, bytesOfHex(head.cipher.nonce), bytesOfHex(ciphertext), authenticated(head))
    if (entropy !== undefined) return new Seed(entropy)
    const hint = 'try once more; if it is the right one, the file was changed: its words make the wallet anew'
    throw new WalletError('wrong-passphrase', 'the passphrase does not open the wallet', hint)
  }
}

function keyOf(passphrase: string, { n, r, p, salt }: KeystoreFile['kdf']): Promise<Uint8Array> {
  return scrypt(utf8(passphrase.normalize('NFKC')), bytesOfHex(salt), { n, r, p }, KEY_BYTES)
}

/** In the order of the fields here, whatever that of the file is. */
function authenticated({ format, version, accounts, kdf, cipher }: Omit<KeystoreFile, 'ciphertext'>): Uint8Array {
  const { name, n, r, p, salt } = kdf
  const keys = accounts.map(({ path, public_key }) => ({ path, public_key }))
  const head = {
    format,
    version,
    accounts: keys,
    kdf: { name, n, r, p, salt },
    cipher: { name: cipher.name, nonce: cipher.nonce },
  }
  return utf8(JSON.stringify(head))
}

function damaged(what: string): WalletError {
  const hint = 'have the wallet restored from its words: chain wallet restore'
  return new WalletError('keystore-damaged', `the file of the wallet is damaged: ${what}`, hint)
}
