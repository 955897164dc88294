// npx tsx scripts/fuzz.ts torch|parquet [mutations] [seed]: reads that many mutations of real files. It stops at a crash
// or at any error that is not a Fault.
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fuzzParquet} from '../test/support/parquet-fuzz.ts'
import {fuzzTorch} from '../test/support/torch-fuzz.ts'

const folder = await mkdtemp(join(tmpdir(), 'svft-fuzz-'))
const FORMS = {
  torch: fuzzTorch,
  parquet: (count: number, seed: number) => fuzzParquet(count, {seed, at: join(folder, 'x.parquet')}),
}

const [form, count = '20000', seed = '1'] = process.argv.slice(2)
if (form !== 'torch' && form !== 'parquet') {
  console.error('usage: npx tsx scripts/fuzz.ts torch|parquet [mutations] [seed]')
  process.exit(2)
}
const began = performance.now()
const {read, refused} = await FORMS[form](Number(count), Number(seed))
await rm(folder, {recursive: true})
const seconds = ((performance.now() - began) / 1000).toFixed(1)
console.log(`${count} mutations: ${read} read, ${refused} refused with a message, no other error; ${seconds} s`)
