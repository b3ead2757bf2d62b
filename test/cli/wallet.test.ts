import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Keystore } from '../../src/wallet/keystore.js'
import { Seed } from '../../src/wallet/seed.js'
import { Machine } from '../support/cli.js'
import { KEY, Screen } from '../support/pty.js'
import { Holder } from '../support/secure.js'
import { vectors } from '../support/vectors.js'

/** Wallets: keys on this machine, payments that are signed here. */

const PASSPHRASE = 'correct horse battery'
const { wallets } = vectors<{ wallets: { words: string; accounts: { secure: string }[] }[] }>('wallet.json')
const { words: WORDS, accounts: ACCOUNTS } = wallets[0]!

let machine: Machine
let passphraseFile: string
beforeEach(async () => {
  machine = await Machine.create()
  mkdirSync(machine.data)
  passphraseFile = fileWith('passphrase', `${PASSPHRASE}\n`)
})

function fileWith(name: string, text: string): string {
  const file = join(machine.data, name)
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

const dev = (...args: string[]) => machine.run(...args, '--network', 'dev')
const unlocked = (...args: string[]) => dev(...args, '--passphrase-file', passphraseFile)
const keystoreFile = (name = 'main'): string => join(machine.data, 'wallets', `${name}.keystore.json`)

/** The least that a file may ask for: each passphrase costs an eighth of what it does elsewhere. */
const CHEAP = { n: 16_384, r: 8, p: 1 }

/** A wallet of new words, which costs little to open. */
async function newWallet(name = 'main'): Promise<string> {
  const randomness = { salt: randomBytes(32), nonce: randomBytes(12) }
  const keystore = await Keystore.seal(new Seed(randomBytes(16)), 1, PASSPHRASE, randomness, CHEAP)
  const file = fileWith('cheap.json', keystore.text)
  const { accounts } = await machine.json<{ accounts: { address: string }[] }>(
    ...['wallet', 'restore', name, '--network', 'dev', '--keystore', file],
  )
  return accounts[0]!.address
}

describe('on a terminal', () => {
  test('new shows the words on a screen of their own, asks three back, and keeps the wallet when they are right', async () => {
    const screen = Screen.run(machine, ['wallet', 'new', '--network', 'secure'])
    await screen.next(/Passphrase, of 8 characters or more:/)
    screen.type(`short${KEY.enter}`)
    await screen.next(/a passphrase has 8 characters or more/)
    screen.type(`${'\b'.repeat(5)}${PASSPHRASE}${KEY.enter}`)
    await screen.next(/Once more:/)
    screen.type(`${PASSPHRASE}${KEY.enter}`)
    const shownWords = async (): Promise<string[]> => {
      const [text] = await screen.next(/The 12 words of the wallet[\s\S]*When they are written down, type yes:/)
      const found = [...text.matchAll(/(\d+) ([a-z]+)/g)].map(([, place, word]) => [Number(place), word] as const)
      return found
        .filter(([, word]) => word !== 'words')
        .sort(([a], [b]) => a - b)
        .map(([, word]) => word!)
    }
    const first = await shownWords()
    expect(first).toHaveLength(12)
    expect(existsSync(keystoreFile())).toBe(false)
    screen.type(`yes${KEY.enter}`)
    await screen.next(/Word \d+\?/)
    screen.type(`wrong${KEY.enter}`)
    // Above the words themselves, where it is seen.
    await screen.next(/That was another word: here they are once more\./)
    const words = await shownWords()
    expect(words).toEqual(first)
    screen.type(`yes${KEY.enter}`)
    for (let i = 0; i < 3; i++) {
      const [, place] = await screen.next(/Word (\d+)\?/)
      screen.type(`${words[Number(place) - 1]}${KEY.enter}`)
      // The question stands on the screen once more for each letter that is typed.
      await screen.next(new RegExp(`✔ Word ${place}\\?`))
    }
    expect(await screen.ended).toBe(0)
    // The screen of their own is left each time: what can be scrolled back to has none of them.
    const outside = screen.bytes.replaceAll(/\x1b\[\?1049h[\s\S]*?\x1b\[\?1049l/g, '')
    expect(outside).not.toContain(words.slice(0, 2).join(' '))
    expect(outside).not.toContain('The 12 words')
    const seed = await Keystore.parse(readFileSync(keystoreFile(), 'utf8')).open(PASSPHRASE)
    expect(seed.words).toEqual(words)
    const address = /chain1[0-9a-z]+/.exec(screen.text)![0]
    expect((await machine.run('wallet', 'list', '--network', 'secure')).stdout).toContain(address)
  })

  test('Ctrl-C before the words are known makes nothing', async () => {
    const screen = Screen.run(machine, ['wallet', 'new', '--passphrase-file', passphraseFile])
    await screen.next(/type yes:/)
    screen.type(KEY.interrupt)
    expect(await screen.ended).toBe(130)
    expect(screen.bytes).toContain('\x1b[?1049l')
    expect(existsSync(keystoreFile())).toBe(false)
  })

  test('restore asks for the words, and says which one is wrong', async () => {
    const screen = Screen.run(machine, [
      'wallet',
      'restore',
      '--network',
      'secure',
      '--passphrase-file',
      passphraseFile,
    ])
    await screen.next(/Its words, in order/)
    screen.type(`${WORDS.replace(/about$/, 'abaut')}${KEY.enter}`)
    await screen.next(/word 12 is not on the list/)
    screen.type(`${'\b'.repeat(5)}about${KEY.enter}`)
    expect(await screen.ended).toBe(0)
    expect(screen.text).toContain(ACCOUNTS[0]!.secure)
  })

  test('send shows what will happen and asks, no is the default; a passphrase may be wrong twice, and the third time it stays locked', async () => {
    const address = await newWallet()
    await dev('mine', '--to', address)
    const bob = new Holder(2).address
    const args = ['send', '--to', bob, '--amount', '5', '--memo', 'cake', '--network', 'dev']
    const quiet = Screen.run(machine, [...args, '-q'])
    await quiet.next(new RegExp(`to +${bob}[\\s\\S]*Send it\\? \\(y/N\\)`))
    quiet.type(KEY.enter)
    expect(await quiet.ended).toBe(6)
    const declined = Screen.run(machine, args)
    const [preview] = await declined.next(/from[\s\S]*Send it\? \(y\/N\)/)
    for (const line of [
      `from       ${address}`,
      `to         ${bob}`,
      'amount     5',
      'fee        0.00001',
      'memo       cake',
      'left then  44.99999',
      'network    dev',
    ]) {
      expect(preview).toContain(line)
    }
    declined.type(KEY.enter)
    expect(await declined.ended).toBe(6)
    const locked = Screen.run(machine, [...args, '--yes'])
    for (const wrong of ['correct horse batter', '', PASSPHRASE.toUpperCase()]) {
      await locked.next(/Passphrase of wallet main:/)
      locked.type(`${wrong}${KEY.enter}`)
      await locked.next(/the passphrase does not open the wallet/)
    }
    expect(await locked.ended).toBe(4)
    expect(locked.text).toContain('the passphrase does not open the wallet')
    expect((await machine.json('status', '--network', 'dev')).pending).toBe(0)
    const sent = Screen.run(machine, args)
    await sent.next(/Send it\?/)
    sent.type(`y${KEY.enter}`)
    await sent.next(/Passphrase of wallet main:/)
    sent.type(`incorrect horse${KEY.enter}`)
    await sent.next(/does not open the wallet[\s\S]*Passphrase of wallet main:/)
    sent.type(`${PASSPHRASE}${KEY.enter}`)
    expect(await sent.ended).toBe(0)
    expect(sent.text).not.toContain(PASSPHRASE)
    await dev('mine')
    expect((await dev('balance', bob)).stdout).toBe(`5  ${bob}\n`)
  })

  test('who mines without a wallet is offered one', async () => {
    const screen = Screen.run(machine, ['mine', '--network', 'dev'])
    await screen.next(/the reward needs an address, and there is no wallet yet/)
    await screen.next(/Make a wallet\?/)
    screen.type(KEY.enter)
    expect(await screen.ended).toBe(6)
  })
})

test('a passphrase is what is piped in, also late, in pieces, or with the mark of byte order', async () => {
  const [first, second] = ['first', 'second'].map((name) => join(machine.data, name)) as [string, string]
  execFileSync('mkfifo', [first, second])
  const pipes = [
    `(read -r _ < ${first}; printf 'correct horse '; read -r _ < ${second}; echo battery)`,
    `printf '\\357\\273\\277correct horse battery\\r\\nmore\\n'`,
  ]
  for (const [i, pipe] of pipes.entries()) {
    const command = `"$NODE" "$CHAIN" wallet new w${i} --network dev --passphrase-stdin`
    const running = machine.startShell(`${pipe} | ${command}`)
    // Each is opened when the other end is, so that by then the command has waited.
    if (i === 0) for (const fifo of [first, second]) await writeFile(fifo, '\n')
    const made = await running.ended
    expect(made, made.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining('write them down') })
    const keystore = Keystore.parse(readFileSync(keystoreFile(`w${i}`), 'utf8'))
    expect((await keystore.open(PASSPHRASE)).words).toHaveLength(12)
  }
})

test('of secrets in files that others may read a warning tells', async () => {
  for (const [name, text] of [
    ['words', WORDS],
    ['open', PASSPHRASE],
  ] as const) {
    writeFileSync(join(machine.data, name), text, { mode: 0o644 })
  }
  const open = (name: string): string => join(machine.data, name)
  const warned = await dev(...['wallet', 'restore', '--words-file', open('words'), '--passphrase-file', open('open')])
  expect(warned.code).toBe(0)
  for (const name of ['words', 'open']) expect(warned.stderr).toContain(`chmod 600 ${open(name)}`)
  const silent = await unlocked('wallet', 'restore', 'b', '--words-file', fileWith('closed', WORDS))
  expect(silent).toMatchObject({ code: 0, stderr: '' })
})

test('the files are the owner’s alone, and the same seed is encrypted otherwise each time', async () => {
  await newWallet()
  expect(statSync(keystoreFile()).mode & 0o777).toBe(0o600)
  expect(statSync(join(machine.data, 'wallets')).mode & 0o777).toBe(0o700)
  const words = fileWith('words', WORDS)
  for (const name of ['a', 'b']) await unlocked('wallet', 'restore', name, '--words-file', words)
  const [a, b] = ['a', 'b'].map((name) => JSON.parse(readFileSync(keystoreFile(name), 'utf8')))
  expect(a.accounts).toEqual(b.accounts)
  for (const secret of [
    (file: typeof a) => file.kdf.salt,
    (file: typeof a) => file.cipher.nonce,
    (file: typeof a) => file.ciphertext,
  ]) {
    expect(secret(a)).not.toBe(secret(b))
  }
  expect(readdirSync(join(machine.data, 'wallets')).sort()).toEqual([
    'a.keystore.json',
    'b.keystore.json',
    'lock',
    'main.keystore.json',
  ])
})

test('a wallet is never replaced', async () => {
  await newWallet()
  const before = readFileSync(keystoreFile())
  for (const words of [
    ['new'],
    ['restore', '--words-file', fileWith('words', WORDS)],
    ['restore', '--keystore', keystoreFile()],
  ]) {
    const refused = await unlocked('wallet', ...words)
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('there is a wallet main already')
  }
  expect(readFileSync(keystoreFile())).toEqual(before)
})

test('two that make the same wallet at once: one does, the other is told', async () => {
  const outcomes = await Promise.all([unlocked('wallet', 'new'), unlocked('wallet', 'new')])
  expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 2])
  const made = outcomes.find(({ code }) => code === 0)!
  expect((await dev('wallet', 'list')).stdout).toContain(/chaindev1\S+/.exec(made.stdout)![0])
})

test('on a new machine the words bring back the accounts, the file does with its own passphrase', async () => {
  const words = fileWith('words', `  ${WORDS.toUpperCase()}\n`)
  const restored = await machine.json<{ accounts: { address: string }[] }>(
    ...[
      'wallet',
      'restore',
      '--network',
      'secure',
      '--accounts',
      '3',
      '--words-file',
      words,
      '--passphrase-file',
      passphraseFile,
    ],
  )
  expect(restored.accounts.map(({ address }) => address)).toEqual(ACCOUNTS.map(({ secure }) => secure))
  const exported = await machine.run('wallet', 'export')
  expect(exported).toMatchObject({ code: 0, stderr: '' })
  const other = await Machine.create()
  mkdirSync(other.data)
  const file = join(other.data, 'moved')
  writeFileSync(file, exported.stdout)
  expect((await other.run('wallet', 'restore', 'moved', '--keystore', file)).code).toBe(0)
  const another = await other.run('wallet', 'account', '--network', 'secure', '--passphrase-file', passphraseFile)
  expect(another.stdout).toMatch(/account moved\.3\n {2}chain1/)
})

test('accounts, contacts and wallets are paid and pay by their names', async () => {
  await newWallet('alice')
  await newWallet('bob')
  const account = await unlocked('wallet', 'account', 'alice')
  const second = /chaindev1\S+/.exec(account.stdout)![0]
  const { url } = await machine.serve('--network', 'dev', '--to', 'alice.1')
  expect((await fetch(`${url}/mine`)).status).toBe(200)
  expect((await dev('balance', 'alice.1')).stdout).toBe(`50  ${second}\n`)
  expect((await dev('contacts', 'add', 'shop', new Holder(3).address)).code).toBe(0)
  for (const to of ['bob', 'shop']) {
    const sent = await unlocked('send', '--from', 'alice.1', '--to', to, '--amount', '0.5', '--yes')
    expect(sent, sent.stderr).toMatchObject({ code: 0 })
  }
  const unsigned = await dev('send', '--from', second, '--to', 'shop', '--amount', '1.5', '--fee', '0.1', '--unsigned')
  expect(JSON.parse(unsigned.stdout)).toMatchObject({ sender: second, amount: 150_000_000, fee: 10_000_000, nonce: 2 })
  const signed = await unlocked('wallet', 'sign', fileWith('unsigned.json', unsigned.stdout), '--yes')
  const submitted = machine.start([
    'tx',
    'submit',
    fileWith('signed.json', signed.stdout),
    '--network',
    'dev',
    '--wait',
    '2',
  ])
  await submitted.waitFor('stderr', /waiting for 2 confirmations/)
  await fetch(`${url}/mine`)
  await fetch(`${url}/mine`)
  expect(await submitted.ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/confirmed: in block 3, 2 deep/),
  })
  expect((await dev('balance', 'shop')).stdout).toBe(`2  ${new Holder(3).address}\n`)
  const shown = await machine.json<{ accounts: object[] }>('wallet', 'show', 'alice', '--network', 'dev')
  expect(shown.accounts[1]).toEqual({
    index: 1,
    address: second,
    // 150 less 2.5, and the fees went back to who mined.
    balance: '147.5',
    spendable: '147.5',
    unsettled: '150.10002',
    nextNonce: 3,
  })
})

test('a reward may still go with its block while that is less than 20 deep', async () => {
  const address = await newWallet()
  await dev('mine', '--to', address)
  const unsettled = async () => {
    const shown = await machine.json<{ accounts: { unsettled: string }[] }>('wallet', 'show', '--network', 'dev')
    return shown.accounts[0]!.unsettled
  }
  await dev('mine', '--to', new Holder(2).address, '--count', '18')
  expect(await unsettled()).toBe('50')
  await dev('mine', '--to', new Holder(2).address)
  expect(await unsettled()).toBe('0')
})

test('--dry-run keeps the payment to oneself, and what it printed can be handed in, once', async () => {
  const address = await newWallet()
  await dev('mine', '--to', address)
  const dry = await unlocked('send', '--to', new Holder(2).address, '--amount', '1', '--dry-run')
  expect(JSON.parse(dry.stdout)).toMatchObject({
    sender: address,
    nonce: 0,
    signature: expect.stringMatching(/^[0-9a-f]{128}$/),
  })
  expect((await machine.json('status', '--network', 'dev')).pending).toBe(0)
  expect((await dev('tx', 'submit', fileWith('signed.json', dry.stdout))).code).toBe(0)
  const again = await dev('tx', 'submit', fileWith('signed.json', dry.stdout))
  expect(again).toMatchObject({ code: 5, stdout: '' })
  expect(again.stderr).toContain('pending already')
  // Elsewhere its numbers would be others: two coins are 200,000,000 of what the tutorial counts.
  const elsewhere = await machine.run('tx', 'submit', fileWith('signed.json', dry.stdout), '--network', 'tutorial')
  expect(elsewhere).toMatchObject({ code: 2, stdout: '' })
  expect(elsewhere.stderr).toContain('on network tutorial nothing is signed')
})

test('what is not signed yet is not handed in, and how it is signed is told', async () => {
  const address = await newWallet()
  await dev('mine', '--to', address)
  const { stdout } = await dev('send', '--to', new Holder(2).address, '--amount', '1', '--unsigned')
  const file = fileWith('unsigned.json', stdout)
  const refused = await dev('tx', 'submit', file)
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toMatch(/"signature".*\ntry: chain wallet sign \S+unsigned\.json --network dev signs it\n$/)
})

test('addresses and contacts are shown for the network of the node that is running, and not of one that was used last', async () => {
  const address = await newWallet()
  await machine.serve('--network', 'dev')
  await machine.run('mine', '--network', 'tutorial', '--port', '5999')
  expect((await machine.run('wallet', 'receive', '-q')).stdout.trim()).toBe(address)
  expect(await machine.json('contacts', 'list')).toMatchObject({ network: 'dev' })
})

test('status says whom the rewards will go to also where the node is opened for it alone', async () => {
  const address = await newWallet()
  await dev('mine')
  expect((await dev('status')).stdout).toMatch(new RegExp(`^rewards to +${address}$`, 'm'))
})

describe('what is wrong is refused with what to do', () => {
  test.each([
    [['wallet', 'show'], 2, 'chain wallet new makes one'],
    [['send', '--to', new Holder(2).address, '--amount', '1'], 2, 'there is no wallet yet'],
    [['wallet', 'new', '../x'], 2, 'cannot name a wallet'],
    [['wallet', 'new', '--words', '13'], 2, 'must be 12 or 24'],
    [['wallet', 'new', '--no-input'], 2, '--passphrase-file'],
    [['wallet', 'restore', '--words-file', '/nowhere'], 2, 'cannot be read'],
    [['contacts', 'add', 'Bob!', new Holder(2).address], 2, 'cannot name a contact'],
    [['contacts', 'add', 'constructor', new Holder(2).address], 2, 'cannot name a contact'],
    [['contacts', 'add', 'bob', 'chaindev1qqq'], 2, 'is no address of this network'],
    [['contacts', 'remove', 'bob'], 2, 'there is no contact bob'],
    [['mine', '--to', 'nobody'], 2, 'is no address of network dev, and no contact'],
    [['balance', 'nobody'], 2, 'is no address of network dev, and no contact'],
  ])('%j', async (args, code, text) => {
    await machine.run('mine', '--network', 'dev', '--to', new Holder(1).address)
    const refused = await dev(...args)
    expect(refused).toMatchObject({ code, stdout: '' })
    expect(refused.stderr).toContain(text)
  })

  test('with a wallet: what it has not, whom it is not, what it cannot be opened with', async () => {
    await newWallet()
    const bob = new Holder(2).address
    const latinFile = join(machine.data, 'latin')
    writeFileSync(latinFile, Buffer.from('Größe des Pferdes', 'latin1'), { mode: 0o600 })
    const cases: [string[], number, string][] = [
      [
        ['send', '--to', bob, '--amount', '1', '--yes', '--passphrase-file', passphraseFile],
        5,
        'main.0 has 0 to spend',
      ],
      [['send', '--to', bob, '--amount', '1', '--from', 'main.7'], 2, 'wallet main has no account 7'],
      [['send', '--to', bob, '--amount', '1', '--from', bob], 2, 'no wallet of yours has the address'],
      [['send', '--to', bob, '--amount', '1', '--from', 'carl'], 2, 'there is no wallet carl'],
      [['send', '--to', bob, '--amount', '1', '--memo', 'a\u202eb'], 2, 'a memo has 1 to 140 bytes'],
      [['send', '--to', bob, '--amount', '1,5'], 2, 'an amount is a number of coins'],
      [['send', '--to', bob, '--amount', '1', '--fee', '-1'], 2, 'an amount is a number of coins'],
      [['wallet', 'account'], 4, '--passphrase-file'],
      [['wallet', 'account', '--passphrase-file', fileWith('wrong', 'incorrect horse')], 4, 'does not open the wallet'],
      [['wallet', 'account', '--passphrase-file', passphraseFile, '--passphrase-stdin'], 2, 'not of both'],
      [['wallet', 'account', '--passphrase-file', join(machine.data, 'none')], 2, 'there is no such file'],
      [['wallet', 'account', '--passphrase-file', '/dev/zero'], 2, 'larger than 1 MiB'],
      [['wallet', 'account', '--passphrase-file', fileWith('empty', '')], 2, 'has no passphrase'],
      [['send', '--to', bob, '--amount', '1', '--from', 'main.'], 2, 'names no account'],
      [['send', '--to', bob, '--amount', '1', '--from', 'main.0.0'], 2, 'names no account'],
      [['wallet', 'restore', 'x', '--keystore', keystoreFile(), '--accounts', '2'], 2, 'no use for --accounts'],
      [
        ['wallet', 'new', 'blank', '--passphrase-file', fileWith('blank', ' '.repeat(12))],
        2,
        'has 8 characters or more',
      ],
      [['wallet', 'new', 'latin', '--passphrase-file', latinFile], 2, 'is not UTF-8'],
      [
        ['wallet', 'restore', 'latin', '--words-file', latinFile, '--passphrase-file', passphraseFile],
        2,
        'is not UTF-8',
      ],
      [['wallet', 'restore', 'latin', '--keystore', latinFile], 2, 'is not UTF-8'],
      [['wallet', 'export', '--words', '--passphrase-file', passphraseFile], 2, 'on a terminal, and nowhere else'],
      [['wallet', 'sign', passphraseFile], 2, 'holds no transaction'],
      [['wallet', 'sign', fileWith('half.json', '{"amount": 1}')], 5, 'is missing'],
      [['contacts', 'add', 'main', bob], 2, 'main is a wallet of yours'],
      [['contacts', 'add', 'dora', bob], 0, ''],
      [['wallet', 'new', 'dora', '--passphrase-file', passphraseFile], 2, 'dora is a contact'],
    ]
    for (const [args, code, text] of cases) {
      const refused = await dev(...args)
      expect(refused, args.join(' ')).toMatchObject(code === 0 ? { code } : { code, stdout: '' })
      expect(refused.stderr, args.join(' ')).toContain(text)
    }
  })

  test('a damaged wallet is named, never replaced, and does not hide the others', async () => {
    await newWallet('good')
    await newWallet('poor')
    const damaged = readFileSync(keystoreFile('poor'), 'utf8').slice(0, 300)
    writeFileSync(keystoreFile('poor'), damaged)
    const list = await dev('wallet', 'list')
    expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining('good') })
    expect(list.stderr).toContain('wallet poor: the file of the wallet is damaged')
    const refused = await unlocked('wallet', 'account', 'poor')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain(`move ${keystoreFile('poor')} away`)
    const restored = await unlocked('wallet', 'restore', 'poor', '--words-file', fileWith('words', WORDS))
    expect(restored).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('it is damaged') })
    expect(restored.stderr).toContain(`move ${keystoreFile('poor')} away`)
    // A copy that somebody has made under a name that none can have.
    copyFileSync(keystoreFile('good'), keystoreFile('good copy'))
    const both = await dev('wallet', 'list')
    expect(both).toMatchObject({ code: 0, stdout: list.stdout })
    expect(both.stderr).toContain(`no wallet can be called so: ${keystoreFile('good copy')}`)
    expect(readFileSync(keystoreFile('poor'), 'utf8')).toBe(damaged)
    // It keeps nobody from running a node.
    writeFileSync(keystoreFile('good'), damaged)
    rmSync(keystoreFile('poor'))
    const mined = await dev('mine', '--to', new Holder(1).address)
    expect(mined).toMatchObject({ code: 0 })
    expect(mined.stderr).toContain('warning: the file of the wallet is damaged')
  })

  test('on a network where nothing is signed no wallet is needed', async () => {
    const refused = await machine.run('wallet', 'show', '--network', 'tutorial', '--port', '5000')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    await newWallet()
    for (const args of [
      ['wallet', 'list'],
      ['contacts', 'list'],
    ]) {
      const { code, stderr } = await machine.run(...args, '--network', 'tutorial')
      expect(code).toBe(2)
      expect(stderr).toContain('on network tutorial nothing is signed')
    }
    const fee = await machine.run('send', '--to', 'bob', '--amount', '1', '--fee', '1', '--network', 'tutorial')
    expect(fee.stderr).toContain('--fee is for payments that are signed')
  })
})

test('no secret is in an argument, in what is printed, or in any other file', async () => {
  const words = fileWith('words', WORDS)
  const outputs = [
    await unlocked('wallet', 'restore', '--words-file', words, '-v'),
    await dev('mine', '-v'),
    await unlocked('wallet', 'account', '--json', '-v'),
    await dev('wallet', 'show', '--json', '-v'),
    await unlocked('send', '--to', 'main.1', '--amount', '1', '--yes', '--json', '-v'),
    await dev('wallet', 'export', '-v'),
  ]
  const { entropy } = await Keystore.parse(readFileSync(keystoreFile(), 'utf8')).open(PASSPHRASE)
  const secrets = [PASSPHRASE, 'abandon', Buffer.from(entropy).toString('hex')]
  for (const { code, stdout, stderr } of outputs) {
    expect(code, stderr).toBe(0)
    for (const secret of secrets) expect(stdout + stderr).not.toContain(secret)
  }
  const found = execFileSync('grep', ['-rlaE', 'abandon|correct horse', machine.data], { encoding: 'utf8' })
  expect(found.trim().split('\n').sort()).toEqual([passphraseFile, words].sort())
})

test('two payments at once from one account are both made', async () => {
  const address = await newWallet()
  const { url } = await machine.serve('--network', 'dev', '--to', address)
  await fetch(`${url}/mine`)
  const pay = (amount: string) => unlocked('send', '--to', new Holder(2).address, '--amount', amount, '--yes')
  for (const { code, stderr } of await Promise.all([pay('1'), pay('1'), pay('2')])) expect(code, stderr).toBe(0)
  const { transactions } = await machine.json<{ transactions: { nonce: number }[] }>('pending', '--network', 'dev')
  expect(transactions.map(({ nonce }) => nonce)).toEqual([0, 1, 2])
})

describe('a node that is not to be trusted', () => {
  /** Before a node, of whose answers to payments it makes something else. @returns what was handed in */
  async function before(url: string, answer: (response: ServerResponse) => void) {
    const handedIn: string[] = []
    const server = createServer(async (request, response) => {
      const body = await text(request)
      const { method = 'GET' } = request
      const headers = { 'Content-Type': 'application/json' }
      const theirs = await fetch(`${url}${request.url}`, { method, ...(body !== '' && { headers, body }) })
      if (method === 'POST') {
        handedIn.push(body)
        answer(response)
      } else response.writeHead(theirs.status, headers).end(await theirs.text())
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void server.close())
    return { handedIn, at: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  test.each<[what: string, code: number, told: RegExp, answer: (response: ServerResponse) => void]>([
    [
      'hangs up',
      3,
      /may have taken up [0-9a-f]{64} all the same[\s\S]*try: look first/,
      (response) => response.destroy(),
    ],
    ['talks nonsense', 1, /may have taken up [0-9a-f]{64} all the same/, (response) => response.end('{}')],
    [
      'says that it refuses',
      5,
      /another payment of the account may have come in between/,
      (response) => response.writeHead(409).end('{"error": {"code": "already-pending", "message": "no", "hint": "x"}}'),
    ],
  ])('and %s when it has taken a payment up gets no second one', async (_what, code, told, answer) => {
    const address = await newWallet()
    const { url } = await machine.serve('--network', 'dev', '--to', address)
    await fetch(`${url}/mine`)
    const { at, handedIn } = await before(url, answer)
    const sent = await unlocked('send', '--to', new Holder(2).address, '--amount', '1', '--yes', '--node', at)
    expect(sent).toMatchObject({ code, stdout: '' })
    expect(sent.stderr).toMatch(told)
    expect(handedIn).toHaveLength(1)
    const submitted = await dev('tx', 'submit', fileWith('signed.json', handedIn[0]!), '--node', at)
    expect(submitted).toMatchObject({ code, stdout: '' })
    if (code !== 5) expect(submitted.stderr).toMatch(told)
    expect((await machine.json('status', '--network', 'dev')).pending).toBe(1)
  })
})

test('accounts and contacts that are added at once are all there', async () => {
  await newWallet()
  const more = await Promise.all([1, 2, 3].map(() => unlocked('wallet', 'account')))
  const told = more.map(({ stdout, stderr }) => /main\.(\d)\n {2}(\S+)/.exec(stdout) ?? stderr)
  expect(told.map(([, index]) => index).sort()).toEqual(['1', '2', '3'])
  const { stdout } = await dev('wallet', 'list')
  for (const [, , address] of told) expect(stdout).toContain(address)
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(names.map((name) => dev('contacts', 'add', name, new Holder(2).address)))
  const { contacts } = await machine.json<{ contacts: { name: string }[] }>('contacts', 'list', '--network', 'dev')
  expect(contacts.map(({ name }) => name).sort()).toEqual(names)
})

test('of two commands that give one name to different people at once, one is refused', async () => {
  const [ben, other] = [new Holder(2).address, new Holder(3).address]
  const added = await Promise.all([ben, other].map((address) => dev('contacts', 'add', 'ben', address)))
  expect(added.map(({ code }) => code).sort()).toEqual([0, 2])
  const { contacts } = await machine.json<{ contacts: object[] }>('contacts', 'list', '--network', 'dev')
  expect(contacts).toEqual([{ name: 'ben', address: added[0]!.code === 0 ? ben : other }])
})

test('whoever waits with --json is told at once what was sent, and once more when it is confirmed', async () => {
  const address = await newWallet()
  const { url } = await machine.serve('--network', 'dev', '--to', address)
  await fetch(`${url}/mine`)
  const args = ['send', '--to', new Holder(2).address, '--amount', '1', '--yes', '--network', 'dev', '--json']
  const waiting = machine.start([...args, '--passphrase-file', passphraseFile, '--wait', '1'])
  await waiting.waitFor('stdout', /\n/)
  const sent = JSON.parse(waiting.stdout)
  expect(sent).toMatchObject({ block: 3, confirmations: 0, transaction: { sender: address, nonce: 0 } })
  await fetch(`${url}/mine`)
  const { code, stdout, stderr } = await waiting.ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout.split('\n')[1]!)).toEqual({ ...sent, confirmations: 1 })
})

test('--nonce puts another payment into the place of one that is pending; who waits for that one is told', async () => {
  const address = await newWallet()
  const { url } = await machine.serve('--network', 'dev', '--to', address)
  await fetch(`${url}/mine`)
  const args = ['send', '--to', new Holder(2).address, '--amount', '1', '--yes', '--network', 'dev']
  const waiting = machine.start([...args, '--passphrase-file', passphraseFile, '--wait', '1'])
  await waiting.waitFor('stderr', /waiting for 1 confirmations/)
  const cheap = await unlocked('send', '--to', 'main', '--amount', '2', '--nonce', '0', '--yes')
  expect(cheap).toMatchObject({ code: 5, stdout: '' })
  expect(cheap.stderr).toContain('what replaces it pays a tenth more')
  const better = await unlocked('send', '--to', 'main', '--amount', '2', '--nonce', '0', '--fee', '0.00002', '--yes')
  expect(better, better.stderr).toMatchObject({ code: 0 })
  expect(await waiting.ended).toMatchObject({
    code: 5,
    stdout: '',
    stderr: expect.stringContaining('another one of the same nonce pays more'),
  })
})
