import {realpathSync} from 'node:fs'
import {argv, stderr} from 'node:process'
import {pathToFileURL} from 'node:url'
import {exitCode, Fault} from '../src/base/fault.ts'

/** Runs a script's `main` where its file, at `url`, is the one that was started; a Fault is one line and its exit code. */
export async function runWhenStarted(url: string, main: (args: readonly string[]) => Promise<void>): Promise<void> {
  if (url !== pathToFileURL(realpathSync(argv[1]!)).href) return
  await main(argv.slice(2)).catch((error: unknown) => {
    if (!(error instanceof Fault)) throw error
    say(error.message)
    process.exitCode = exitCode(error.kind)
  })
}

export const say = (text: string) => void stderr.write(`${text}\n`)
