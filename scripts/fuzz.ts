// npx tsx scripts/fuzz.ts [mutations] [seed]: reads that many mutations of real files of PyTorch; a crash or an error
// without words for it ends it.
import {fuzzTorch} from '../test/torch-fuzz.ts'

const [count = '20000', seed = '1'] = process.argv.slice(2)
const began = performance.now()
const {read, refused} = await fuzzTorch(Number(count), Number(seed))
const seconds = ((performance.now() - began) / 1000).toFixed(1)
console.log(`${count} mutations: ${read} read, ${refused} refused with their reason, none else; ${seconds} s`)
