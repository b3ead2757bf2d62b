import { faultOfSignature, type SignatureCheck, type SignatureFault } from '../consensus/signature.js'

/** A check that fails. */
export interface FoundFault {
  /** Its place in the list. */
  readonly index: number
  readonly fault: SignatureFault
}

/** The first check that fails of those at `from` up to, not including, `to`. */
export function firstFaultOf(checks: readonly SignatureCheck[], from = 0, to = checks.length): FoundFault | undefined {
  for (let index = from; index < to; index++) {
    const fault = faultOfSignature(checks[index]!)
    if (fault !== undefined) return { index, fault }
  }
  return undefined
}
