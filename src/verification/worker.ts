import { parentPort } from 'node:worker_threads'
import { type FoundFault, firstFaultOf } from './first-fault.js'
import { unpackChecks } from './packed-checks.js'

/** What a thread says of a batch: its first fault, counted from the batch's start. Batches are answered in the order in which they came. */
export type BatchAnswer = FoundFault | undefined

const port = parentPort
if (port === null) throw new Error('worker.js is started as a worker thread')

port.on('message', (packed: ArrayBuffer) => {
  port.postMessage(firstFaultOf(unpackChecks(packed)) satisfies BatchAnswer)
})
