import {resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {engineEnvironment, openEngine} from '../src/recipes/engine.ts'
import {schema} from '../src/recipes/file/schema.ts'
import {parity} from './parity/run.ts'
import {runWhenStarted} from './start.ts'

const ENGINES = schema.shape.engine.unwrap().options
const DEVICES = schema.shape.device.unwrap().options

const USAGE = `usage: npm run parity -- <folder> [--engine ${ENGINES.join('|')}] [--device ${DEVICES.join('|')}]`

await runWhenStarted(import.meta.url, async args => {
  process.exitCode = await compare(args, console)
})

/** Runs the comparison that the command line describes, and returns the exit code. */
export async function compare(args: readonly string[], {log, error}: Pick<Console, 'log' | 'error'>): Promise<number> {
  const asked = read([...args])
  if (typeof asked === 'string') {
    error(`${asked}\n${USAGE}`)
    return 2
  }
  Object.assign(process.env, {...(await engineEnvironment(asked)), ...process.env})
  const compared = async () => parity(asked.folder, {engine: await openEngine(asked), print: line => log(line)})
  const passed = await compared().catch(({message}: Error) => {
    error(message)
    log('0 passed, 0 failed')
    return false
  })
  return passed ? 0 : 1
}

/** Parses the command line: the folder and the engine, or an error message. */
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
