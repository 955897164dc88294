// A process that runs one command after another, as bin/run.js would in a process of its own: what a command loads is
// loaded once, and not each time. workplace.ts starts it and gives it orders.
import {URL} from 'node:url'

const streams = ['stdout', 'stderr']
const writes = streams.map(name => process[name].write)
const caught = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException']
let count = 0

process.on('disconnect', () => process.exit())
process.on('message', async ({folder, args, env}) => {
  const printed = {stdout: '', stderr: ''}
  enter({folder, env, printed})
  const exitCode = await run(args)
  leave()
  process.send({...printed, exitCode})
})

/** Runs the command's own entry; resolves with the exit code once it returns or calls process.exit. */
function run(args) {
  process.argv = [process.argv[0], process.argv[1], ...args]
  return new Promise((resolve, reject) => {
    process.exit = code => resolve(code ?? process.exitCode ?? 0)
    const entry = new URL(`../../bin/main.js?${++count}`, import.meta.url) // another URL: Node evaluates a module once
    import(entry.href).then(() => resolve(process.exitCode ?? 0), reject)
  })
}

const {exit} = process
for (const name of streams) process[name].isTTY = undefined

function enter({folder, env, printed}) {
  process.chdir(folder)
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
  process.exitCode = undefined
  for (const name of streams) {
    process[name].write = (chunk, encoding, done) => {
      printed[name] += Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8').toString()
      const called = typeof encoding === 'function' ? encoding : done
      if (called) process.nextTick(called)
      return true
    }
  }
}

function leave() {
  for (const [i, name] of streams.entries()) {
    process[name].write = writes[i]
    process[name].removeAllListeners() // of threads, too, that a run has started
  }
  for (const event of caught) process.removeAllListeners(event)
  process.exit = exit
  process.exitCode = undefined
}
