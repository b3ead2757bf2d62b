import { createDecipheriv, scryptSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { hexOf } from '../../../src/primitives/bytes.js'
import { KEYSTORE_COST, Keystore } from '../../../src/wallet/keystore.js'
import { Seed } from '../../../src/wallet/seed.js'

const SEED = new Seed(Uint8Array.from({ length: 16 }, (_, i) => i))
const PASSPHRASE = 'correct horse battery'
/** The least that is read: a test opens many. */
const COST = { n: 2 ** 14, r: 8, p: 1 }
const randomness = { salt: new Uint8Array(32).fill(7), nonce: new Uint8Array(12).fill(9) }

const sealed = await Keystore.seal(SEED, 2, PASSPHRASE, randomness, COST)
// biome-ignore lint/suspicious/noExplicitAny: tests change whatever they like
const changed = (change: (file: any) => void): string => {
  const file = JSON.parse(sealed.text)
  change(file)
  return JSON.stringify(file)
}

test('what was sealed is opened with the passphrase, and the public keys need none', async () => {
  const read = Keystore.parse(sealed.text)
  expect(read.publicKeys.map(hexOf)).toEqual([0, 1].map((i) => hexOf(SEED.account(i).publicKey)))
  expect((await read.open(PASSPHRASE)).words).toEqual(SEED.words)
})

test('the file has the words in no form, and is what its description says', () => {
  const file = JSON.parse(sealed.text)
  for (const word of SEED.words) expect(sealed.text).not.toContain(word)
  expect(sealed.text).not.toContain(hexOf(SEED.entropy))
  // Opened by OpenSSL alone, as the description of the file has it.
  const { ciphertext, ...head } = file
  const key = scryptSync(PASSPHRASE, Buffer.from(head.kdf.salt, 'hex'), 32, {
    N: head.kdf.n,
    r: 8,
    p: 1,
    maxmem: 2 ** 30,
  })
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(head.cipher.nonce, 'hex'))
  decipher.setAAD(Buffer.from(JSON.stringify(head)))
  decipher.setAuthTag(Buffer.from(ciphertext.slice(-32), 'hex'))
  expect(Buffer.concat([decipher.update(ciphertext.slice(0, -32), 'hex'), decipher.final()]).toString('hex')).toBe(
    hexOf(SEED.entropy),
  )
})

test('a new wallet costs 128 MiB to try a passphrase on', () => {
  expect(KEYSTORE_COST).toEqual({ n: 131_072, r: 8, p: 1 })
})

test('a passphrase is the same whichever way its characters are put together', async () => {
  const composed = await Keystore.seal(SEED, 1, 'pässphrase', randomness, COST)
  expect((await composed.open('pa\u0308ssphrase')).words).toEqual(SEED.words)
})

test.each(['', 'correct horse batterY', `${PASSPHRASE} `])('passphrase %j opens nothing', async (passphrase) => {
  await expect(sealed.open(passphrase)).rejects.toMatchObject({ code: 'wrong-passphrase' })
})

describe('what was changed is not opened', () => {
  test.each([
    ['another salt', changed(({ kdf }) => Object.assign(kdf, { salt: '00'.repeat(32) }))],
    ['another nonce', changed(({ cipher }) => Object.assign(cipher, { nonce: '00'.repeat(12) }))],
    [
      'a bit of the ciphertext',
      changed((file) =>
        Object.assign(file, { ciphertext: `${file.ciphertext[0] === '0' ? '1' : '0'}${file.ciphertext.slice(1)}` }),
      ),
    ],
    [
      'a bit of the tag',
      changed((file) =>
        Object.assign(file, {
          ciphertext: `${file.ciphertext.slice(0, -1)}${file.ciphertext.at(-1) === '0' ? '1' : '0'}`,
        }),
      ),
    ],
    ['a costlier key', changed(({ kdf }) => Object.assign(kdf, { n: 2 ** 15 }))],
    ["somebody else's address", changed(({ accounts }) => Object.assign(accounts[0], { public_key: 'ab'.repeat(32) }))],
    ['an account less', changed((file) => Object.assign(file, { accounts: file.accounts.slice(0, 1) }))],
  ])('%s', async (_, text) => {
    await expect(Keystore.parse(text).open(PASSPHRASE)).rejects.toMatchObject({ code: 'wrong-passphrase' })
  })
})

describe('what is no keystore is said to be damaged, and costs nothing', () => {
  test.each([
    ['nothing', ''],
    ['no JSON', sealed.text.slice(0, -10)],
    ['null', 'null'],
    ['a list', '[]'],
    ['another version', changed((file) => Object.assign(file, { version: 2 }))],
    ['a field more', changed((file) => Object.assign(file, { words: 'abandon' }))],
    ['n below 2^14', changed(({ kdf }) => Object.assign(kdf, { n: 2 ** 13 }))],
    ['n above 2^20', changed(({ kdf }) => Object.assign(kdf, { n: 2 ** 21 }))],
    ['n that is no power of 2', changed(({ kdf }) => Object.assign(kdf, { n: 2 ** 14 + 1 }))],
    ['n that is text', changed(({ kdf }) => Object.assign(kdf, { n: '16384' }))],
    ['another r', changed(({ kdf }) => Object.assign(kdf, { r: 1024 }))],
    ['another p', changed(({ kdf }) => Object.assign(kdf, { p: 64 }))],
    ['a short salt', changed(({ kdf }) => Object.assign(kdf, { salt: '00' }))],
    ['another cipher', changed(({ cipher }) => Object.assign(cipher, { name: 'aes-128-gcm' }))],
    ['no accounts', changed((file) => Object.assign(file, { accounts: [] }))],
    ['another path', changed(({ accounts }) => Object.assign(accounts[1], { path: "m/44'/1'/5'" }))],
    ['a ciphertext that is too short', changed((file) => Object.assign(file, { ciphertext: '00'.repeat(31) }))],
    ['a ciphertext in capitals', changed((file) => Object.assign(file, { ciphertext: 'AB'.repeat(32) }))],
  ])('%s', (_, text) => {
    expect(() => Keystore.parse(text)).toThrow(
      expect.objectContaining({ code: 'keystore-damaged', hint: expect.stringContaining('chain wallet restore') }),
    )
  })
})
