// The rate at which memory is read, one pass over 256 MB a `go` on stdin (see server.ts). It bounds the decoding of one text,
// which reads every weight once per token.
//
//   yes go | npx tsx scripts/bench/bandwidth.ts --steps 5
import {parseArgs} from 'node:util'
import {tf} from '../../src/tensor/tf.ts'
import {runWhenStarted} from '../start.ts'
import {openEngine} from './engines.ts'
import {FLAGS, serve} from './server.ts'

/** Much more than any cache. The maximum of each row is the fastest way to read memory. */
const SHAPE = [2 ** 16, 2 ** 10]

await runWhenStarted(import.meta.url, async () => {
  const {values: flags} = parseArgs({options: FLAGS})
  const engine = await openEngine(flags)
  const values = new Float32Array(SHAPE[0] * SHAPE[1]).map((_, i) => i % 1009) // zeros may share one page
  const program = await engine.compile(({values}) => ({largest: tf.max(values, -1)}), {
    inputs: {values: {dtype: 'float32', shape: SHAPE}},
    weights: {},
  })

  const pass = async () => {
    const start = performance.now()
    await program.run({values})
    const seconds = (performance.now() - start) / 1000
    return {seconds, bytesPerSecond: values.byteLength / seconds}
  }
  await serve(pass, {flags, engine, about: {}})
})
