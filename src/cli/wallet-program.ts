import type { Command } from 'commander'
import { someText, wholeNumber, wordCount } from './option-values.js'
import { run } from './run-command.js'

const WALLET = '(default: the only one, or main)'
const NEW_WALLET = '(default: main)'

/** The commands of wallets and contacts. */
export function describeWallets(program: Command): void {
  const wallet = program.command('wallet').description('keys of your own, encrypted on this machine')
  withPassphrase(
    wallet
      .command('new')
      .description('make one; its words are shown once')
      .argument('[name]', NEW_WALLET)
      .option('--words <12|24>', 'how many words', wordCount, 12),
  ).action(
    run(async (terminal, options, name) =>
      (await import('./commands/wallet/new.js')).newWallet(terminal, options, name),
    ),
  )
  withPassphrase(
    wallet
      .command('restore')
      .description('make one anew, of its words or its encrypted file')
      .argument('[name]', NEW_WALLET)
      .option('--accounts <number>', 'how many accounts it had (default: 1)', wholeNumber(1, 1000))
      .option('--words-file <file>', 'read the words there; - for stdin', someText)
      .option('--keystore <file>', 'the file that `chain wallet export` printed', someText),
  ).action(
    run(async (terminal, options, name) =>
      (await import('./commands/wallet/restore.js')).restoreWallet(terminal, options, name),
    ),
  )
  wallet
    .command('list')
    .description('show them and their addresses')
    .action(run(async (terminal) => (await import('./commands/wallet/list.js')).listWallets(terminal)))
  wallet
    .command('show')
    .description('show what the accounts of one hold')
    .argument('[name]', WALLET)
    .action(
      run(async (terminal, _options, name) => (await import('./commands/wallet/show.js')).showWallet(terminal, name)),
    )
  wallet
    .command('receive')
    .description('show an address for who pays, and its QR code')
    .argument('[account]', 'such as main, or main.1 (default: the first account)', someText)
    .action(
      run(async (terminal, _options, account) =>
        (await import('./commands/wallet/receive.js')).receive(terminal, account),
      ),
    )
  withPassphrase(
    wallet.command('account').description('one more account of the same words').argument('[name]', WALLET),
  ).action(
    run(async (terminal, options, name) =>
      (await import('./commands/wallet/account.js')).addAccount(terminal, options, name),
    ),
  )
  withPassphrase(
    wallet
      .command('export')
      .description('print the encrypted wallet, for another machine')
      .argument('[name]', WALLET)
      .option('--words', 'show its words, on a terminal'),
  ).action(
    run(async (terminal, options, name) =>
      (await import('./commands/wallet/export.js')).exportWallet(terminal, options, name),
    ),
  )
  withPassphrase(
    wallet
      .command('sign')
      .description('sign a transaction, asking no node')
      .argument('<file>', 'what `chain send --unsigned` printed; - for stdin', someText),
  ).action(
    run(async (terminal, options, file) =>
      (await import('./commands/wallet/sign.js')).signTransaction(terminal, options, file),
    ),
  )

  const contacts = program.command('contacts').description('names for addresses')
  contacts
    .command('add')
    .description('give an address a name')
    .argument('<name>')
    .argument('<address>')
    .action(
      run(async (terminal, _options, name, address) =>
        (await import('./commands/contacts.js')).addContact(terminal, name, address),
      ),
    )
  contacts
    .command('list')
    .description('show them')
    .action(run(async (terminal) => (await import('./commands/contacts.js')).listContacts(terminal)))
  contacts
    .command('remove')
    .description('forget one')
    .argument('<name>')
    .action(
      run(async (terminal, _options, name) => (await import('./commands/contacts.js')).removeContact(terminal, name)),
    )
}

/** Where the passphrase of a wallet comes from, if nobody types it. */
export function withPassphrase(command: Command): Command {
  return command
    .option('--passphrase-file <file>', "the wallet's passphrase is the first line of this file", someText)
    .option('--passphrase-stdin', 'the passphrase comes from stdin')
}
