import {realpathSync} from 'node:fs'
import {argv, exit, stderr, stdout} from 'node:process'
import {pathToFileURL} from 'node:url'
import {exitCode, Fault} from '../src/base/fault.ts'

/**
 * Runs a script's `main` if its file, at `url`, was started directly. A Fault, or arguments that parseArgs refuses, print one
 * line and set the exit code. A closed pipe, as of `| head`, ends the process.
 */
export async function runWhenStarted(url: string, main: (args: readonly string[]) => Promise<void>): Promise<void> {
  if (url !== pathToFileURL(realpathSync(argv[1]!)).href) return
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') exit()
    throw error
  })
  await main(argv.slice(2)).catch((error: unknown) => {
    if (!(error instanceof Fault) && !isUsage(error)) throw error
    printLine(error.message)
    process.exitCode = exitCode(error instanceof Fault ? error.kind : 'usage')
  })
}

/** Whether Node's parseArgs has refused the arguments. */
const isUsage = (error: unknown): error is TypeError =>
  error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')

export const printLine = (text: string) => void stderr.write(`${text}\n`)
