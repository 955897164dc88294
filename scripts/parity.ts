import {resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {Fault} from '../src/base/fault.ts'
import {engineEnvironment, openEngine} from '../src/recipes/engine.ts'
import {schema} from '../src/recipes/file/schema.ts'
import {lookUp} from './look-up.ts'
import {parity} from './parity/run.ts'
import {runWhenStarted} from './start.ts'

const ENGINES = schema.shape.engine.unwrap().enum
const DEVICES = schema.shape.device.unwrap().enum

const list = (table: object) => Object.keys(table).join('|')
const USAGE = `usage: npm run parity -- <folder> [--engine ${list(ENGINES)}] [--device ${list(DEVICES)}]`

await runWhenStarted(import.meta.url, async args => {
  process.exitCode = (await compare(args, line => console.log(line))) ? 0 : 1
})

/** Runs the comparison that the command line describes; returns whether all cases pass. */
export async function compare(args: readonly string[], print: (line: string) => void): Promise<boolean> {
  const {values, positionals} = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {engine: {type: 'string', default: 'onnx'}, device: {type: 'string', default: 'cpu'}},
  })
  if (positionals.length !== 1) throw new Fault('usage', USAGE)
  const engine = lookUp('engine', ENGINES, values.engine)
  const device = lookUp('device', DEVICES, values.device)
  if (engine !== 'onnx' && device !== 'cpu') {
    throw new Fault('usage', `device ${device} is of engine onnx, not of ${engine}`)
  }
  const settings = {engine, device, threads: 1} // the cases are small
  Object.assign(process.env, {...(await engineEnvironment(settings)), ...process.env})
  return parity(resolve(positionals[0]), {engine: await openEngine(settings), print})
}
