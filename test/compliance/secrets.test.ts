import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as browser from '../../src/crypto/secrets-browser.js'
import * as node from '../../src/crypto/secrets-node.js'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const toHex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('hex')
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

describe.each([
  ['Node.js', node],
  ['browser', browser],
] as const)('secrets of the %s', (_, secrets) => {
  test.each([
    // RFC 8032, 7.1: tests 1 to 3: private key, public key, message, signature.
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ])('RFC 8032: key %s', (privateKey, publicKey, message, signature) => {
    expect(toHex(secrets.ed25519PublicKey(hex(privateKey)))).toBe(publicKey)
    expect(toHex(secrets.signEd25519(hex(privateKey), hex(message)))).toBe(signature)
  })

  test.each([
    // RFC 7914, 12: passphrase, salt, N, r, p, key of 64 bytes.
    [
      'password',
      'NaCl',
      1024,
      8,
      16,
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
    ],
    [
      'pleaseletmein',
      'SodiumChloride',
      16384,
      8,
      1,
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    ],
  ])('RFC 7914: %s', async (passphrase, salt, n, r, p, key) => {
    expect(toHex(await secrets.scrypt(Buffer.from(passphrase), Buffer.from(salt), { n, r, p }, 64))).toBe(key)
  })

  test.each([
    // The Galois/Counter Mode of Operation, McGrew and Viega, appendix B: test cases 13, 14 and 16.
    ['00'.repeat(32), '00'.repeat(12), '', '', '530f8afbc74536b9a963b4f1c4cb738b'],
    [
      '00'.repeat(32),
      '00'.repeat(12),
      '00'.repeat(16),
      '',
      'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
    ],
    [
      'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
      'cafebabefacedbaddecaf888',
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
      'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
    ],
  ])('AES-256-GCM, key %s', (key, nonce, plaintext, additional, sealed) => {
    const [k, n, a] = [hex(key), hex(nonce), hex(additional)]
    expect(toHex(secrets.sealAesGcm(k, n, hex(plaintext), a))).toBe(sealed)
    expect(toHex(secrets.openAesGcm(k, n, hex(sealed), a))).toBe(plaintext)
  })

  test('what is too short to have a tag is not opened', () => {
    expect(
      secrets.openAesGcm(new Uint8Array(32), new Uint8Array(12), new Uint8Array(15), new Uint8Array(0)),
    ).toBeUndefined()
  })
})

test('both agree on signatures, and open what the other sealed unless a bit of it is another', () => {
  const changed = (data: Uint8Array, at: number): Uint8Array => data.with(at % data.length, data[at % data.length]! ^ 1)
  fc.assert(
    fc.property(bytes(32), bytes(12), fc.uint8Array({ maxLength: 80 }), fc.nat(), (key, nonce, text, at) => {
      expect(node.ed25519PublicKey(key)).toEqual(browser.ed25519PublicKey(key))
      expect(node.signEd25519(key, text)).toEqual(browser.signEd25519(key, text))
      const sealed = node.sealAesGcm(key, nonce, text, nonce)
      expect(browser.openAesGcm(key, nonce, sealed, nonce)).toEqual(text)
      expect(node.openAesGcm(key, nonce, browser.sealAesGcm(key, nonce, text, nonce), nonce)).toEqual(text)
      for (const { openAesGcm } of [node, browser]) {
        expect(openAesGcm(key, nonce, changed(sealed, at), nonce)).toBeUndefined()
        expect(openAesGcm(key, nonce, sealed, changed(nonce, at))).toBeUndefined()
        expect(openAesGcm(changed(key, at), nonce, sealed, nonce)).toBeUndefined()
      }
    }),
    { numRuns: 100 },
  )
})
