import { HDKey } from 'micro-key-producer/slip10.js'
import { describe, expect, test } from 'vitest'
import { addressOf } from '../../../src/consensus/secure/address.js'
import { verifyEd25519 } from '../../../src/crypto/browser.js'
import { bytesOfHex, hexOf, utf8 } from '../../../src/primitives/bytes.js'
import { accountPath, Seed } from '../../../src/wallet/seed.js'
import { vectors } from '../../support/vectors.js'

interface WalletVectors {
  bip39: { entropy: string; words: string }[]
  slip10: { seed: string; path: string; private_key: string }[]
  wallets: { words: string; accounts: { public_key: string; secure: string }[] }[]
}
const { bip39, slip10, wallets } = vectors<WalletVectors>('wallet.json')

const GOOD = bip39.find(({ words }) => words.startsWith('ozone'))!.words

describe('the published vectors', () => {
  test.each(bip39)('BIP 39: $words', ({ entropy, words }) => {
    expect(new Seed(bytesOfHex(entropy)).words.join(' ')).toBe(words)
    expect(hexOf(Seed.ofWords(words).entropy)).toBe(entropy)
  })

  test.each(slip10)('SLIP-0010: m/$path', ({ seed, path, private_key }) => {
    const steps = path.split(' ').filter((step) => step !== '')
    const { privateKey } = HDKey.fromMasterSeed(bytesOfHex(seed)).derive(
      ['m', ...steps.map((step) => `${step}'`)].join('/'),
    )
    expect(hexOf(privateKey)).toBe(private_key)
  })

  test.each(wallets)('accounts that Python derives: $words', ({ words, accounts }) => {
    const seed = Seed.ofWords(words)
    const found = accounts.map((_, i) => seed.account(i).publicKey)
    expect(found.map(hexOf)).toEqual(accounts.map(({ public_key }) => public_key))
    expect(found.map((key) => addressOf('chain', key))).toEqual(accounts.map(({ secure }) => secure))
  })
})

test('the path of an account is that of a test network, each step hardened', () => {
  expect([0, 7].map(accountPath)).toEqual(["m/44'/1'/0'", "m/44'/1'/7'"])
})

test('an account signs with its key', () => {
  const account = Seed.ofWords(GOOD).account(1)
  const signature = account.sign(utf8('pay'))
  expect(verifyEd25519(account.publicKey, utf8('pay'), signature)).toBe(true)
  expect(verifyEd25519(Seed.ofWords(GOOD).account(0).publicKey, utf8('pay'), signature)).toBe(false)
})

describe('words as people write them', () => {
  test.each([GOOD.toUpperCase(), `  ${GOOD.replaceAll(' ', '\n\t ')}\r\n`])('%j', (text) => {
    expect(Seed.ofWords(text).words.join(' ')).toBe(GOOD)
  })

  test.each([
    ['', 'a wallet has 12 or 24 words, these are 0', undefined],
    [GOOD.replace(/ \w+$/, ''), 'a wallet has 12 or 24 words, these are 11', undefined],
    [`${GOOD} ${GOOD} ozone`, 'a wallet has 12 or 24 words, these are 25', undefined],
    [GOOD.replace('grab', 'grap'), 'word 3 is not on the list', 'perhaps grape'],
    [GOOD.replace('drill', 'qqqq'), 'word 2 is not on the list', 'all words are English ones, of the list of BIP 39'],
    [
      GOOD.replace('drill grab', 'grab drill'),
      'the words do not belong together: their checksum is wrong',
      expect.any(String),
    ],
  ])('%j is refused', (text, message, hint) => {
    expect(() => Seed.ofWords(text)).toThrow(expect.objectContaining({ code: 'bad-words', message, hint }))
  })
})
