import {realpathSync} from 'node:fs'
import {argv, stderr} from 'node:process'
import {pathToFileURL} from 'node:url'
import {exitCode, Fault} from '../src/base/fault.ts'

/**
 * Runs a script's `main` if its file, at `url`, was started directly. A Fault prints one line and sets its exit code.
 */
export async function runWhenStarted(url: string, main: (args: readonly string[]) => Promise<void>): Promise<void> {
  if (url !== pathToFileURL(realpathSync(argv[1]!)).href) return
  await main(argv.slice(2)).catch((error: unknown) => {
    if (!(error instanceof Fault)) throw error
    printLine(error.message)
    process.exitCode = exitCode(error.kind)
  })
}

export const printLine = (text: string) => void stderr.write(`${text}\n`)
