import {resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {engineEnvironment, openEngine} from '../src/recipes/engine.ts'
import {schema} from '../src/recipes/schema.ts'
import {parity} from './parity/run.ts'

const ENGINES = schema.shape.engine.unwrap().options
const DEVICES = schema.shape.device.unwrap().options

const USAGE = `usage: npm run parity -- <folder> [--engine ${ENGINES.join('|')}] [--device ${DEVICES.join('|')}]`

const asked = read(process.argv.slice(2))
if (typeof asked === 'string') {
  console.error(`${asked}\n${USAGE}`)
  process.exitCode = 2
} else {
  Object.assign(process.env, {...(await engineEnvironment(asked)), ...process.env})
  const compared = async () => parity(asked.folder, {engine: await openEngine(asked), print: line => console.log(line)})
  const passed = await compared().catch((error: Error) => {
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
    if (!isOneOf(ENGINES, engine)) return `unknown engine: ${engine}; known: ${ENGINES.join(', ')}`
    if (!isOneOf(DEVICES, device)) return `unknown device: ${device}; known: ${DEVICES.join(', ')}`
    if (engine !== 'onnx' && device !== 'cpu') return `device ${device} is of engine onnx, not of ${engine}`
    return {folder: resolve(positionals[0]), engine, device, threads: 1} // the cases are small
  } catch (error) {
    return (error as Error).message
  }
}

function isOneOf<T extends string>(known: readonly T[], word: string): word is T {
  return known.includes(word as T)
}
