import { bytesOfHex, hexOf } from '../../primitives/bytes.js'
import { isJsonObject, type JsonObject, jsonObject, readCanonicalJson } from '../../primitives/json/value.js'
import type { PaymentDraft, SignedPayment, Signing } from '../network.js'
import { isReject, type Reject, reject } from '../reject.js'
import { addressOf } from './address.js'
import { addressFault, checkTransfer } from './block-checks.js'
import type { SecureDefinition } from './definition.js'
import { bad } from './fields.js'
import { isMemo } from './memo.js'
import { formatCoins, parseCoins } from './money.js'
import { decodeTransaction, Transfer, type TransferFields } from './transaction.js'

/** The least that nodes take up: 1,000 grains. */
const USUAL_FEE = '0.00001'
const NO_SIGNATURE = '0'.repeat(128)

/** How payments are made on a secure network. @param networkId as it is shown */
export function secureSigning(definition: SecureDefinition, networkId: string): Signing {
  const { hrp } = definition
  return {
    usualFee: USUAL_FEE,
    addressOf: (publicKey) => addressOf(hrp, publicKey),
    checkAddress: (text) => addressFault(hrp, 'address', text),
    checkMemo: (text) =>
      isMemo(text)
        ? undefined
        : reject('bad-memo', 'a memo has 1 to 140 bytes of UTF-8, and no control characters', { got: text }),
    sum: (amounts) => formatCoins(amounts.reduce((sum, amount) => sum + (parseCoins(amount) as number), 0)),
    draft: (payment) => {
      const fields = fieldsOf(definition, payment)
      return isReject(fields) ? fields : draftOf(definition, networkId, fields)
    },
    readUnsigned: (transaction) => {
      if (!isJsonObject(transaction)) return bad('a transaction is a JSON object')
      if (transaction.signature !== undefined) return bad('the transaction is signed already')
      const transfer = decodeTransaction(jsonObject({ ...transaction, signature: NO_SIGNATURE }))
      if (isReject(transfer)) return transfer
      if (!(transfer instanceof Transfer)) return bad('nobody signs a coinbase')
      return draftOf(definition, networkId, transfer.fields)
    },
  }
}

type UnsignedFields = Omit<TransferFields, 'signature'>

function fieldsOf(
  { hrp }: SecureDefinition,
  { publicKey, to, amount, fee, nonce, memo }: SignedPayment,
): UnsignedFields | Reject {
  const [grains, feeGrains] = [parseCoins(amount), parseCoins(fee)]
  if (isReject(grains)) return grains
  if (isReject(feeGrains)) return feeGrains
  return {
    sender: addressOf(hrp, publicKey),
    recipient: to,
    amount: grains,
    fee: feeGrains,
    nonce,
    ...(memo !== undefined && { memo }),
    public_key: hexOf(publicKey),
  }
}

function draftOf(definition: SecureDefinition, networkId: string, fields: UnsignedFields): PaymentDraft | Reject {
  const unsigned = new Transfer({ ...fields, signature: NO_SIGNATURE })
  const refusal = checkTransfer(definition, unsigned)
  if (refusal !== undefined) return refusal
  const { signature: _, ...withoutSignature } = jsonOf(unsigned)
  const { sender, recipient, amount, fee, memo } = fields
  return {
    publicKey: bytesOfHex(fields.public_key),
    message: unsigned.signedBytes(networkId),
    unsigned: jsonObject(withoutSignature),
    shown: { from: sender, to: recipient, amount: formatCoins(amount), fee: formatCoins(fee), memo },
    left: (balance) => {
      const left = (parseCoins(balance) as number) - amount - fee
      return left < 0 ? undefined : formatCoins(left)
    },
    signed: (signature) => {
      const transfer = new Transfer({ ...fields, signature: hexOf(signature) })
      return { id: transfer.id, transaction: jsonOf(transfer) }
    },
  }
}

function jsonOf(transfer: Transfer): JsonObject {
  return readCanonicalJson(transfer.encoded) as JsonObject
}
