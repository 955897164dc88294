import {resolve} from 'node:path'
import {parseArgs} from 'node:util'
import type {Device, Engine} from '../src/engine/program.ts'
import {readTensor} from '../src/weights/safetensors.ts'
import {parity} from './parity/run.ts'

const USAGE = 'usage: npm run parity -- <folder> [--engine onnx|js|tensorflow] [--device cpu|webgpu|cuda]'

const ENGINES: Readonly<Record<string, (device: Device) => Promise<Engine>>> = {
  onnx: async device => (await import('../src/engine/onnx.ts')).openOnnx({threads: 1, device, read: readTensor}), // the cases are small
  js: async () => (await import('../src/engine/js.ts')).openJs({read: readTensor}),
}

const asked = read(process.argv.slice(2))
if (typeof asked === 'string') {
  console.error(`${asked}\n${USAGE}`)
  process.exitCode = 2
} else {
  const options = {engine: await asked.open(), print: (line: string) => console.log(line)}
  const passed = await parity(asked.folder, options).catch((error: Error) => {
    console.error(error.message)
    console.log('0 passed, 0 failed')
    return false
  })
  process.exitCode = passed ? 0 : 1
}

/** The folder and the engine, or what is wrong with the words. */
function read(args: string[]) {
  try {
    const {values, positionals} = parseArgs({
      args,
      allowPositionals: true,
      options: {engine: {type: 'string'}, device: {type: 'string'}},
    })
    const {engine = 'onnx', device = 'cpu'} = values
    if (positionals.length !== 1) return `one folder is needed, not ${positionals.length}`
    if (!Object.hasOwn(ENGINES, engine)) return `unknown engine: ${engine}; known: ${Object.keys(ENGINES).join(', ')}`
    return {folder: resolve(positionals[0]), open: () => ENGINES[engine](device as Device)}
  } catch (error) {
    return (error as Error).message
  }
}
