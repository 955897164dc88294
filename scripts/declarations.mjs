// Declarations as a package publishes them: those that its entry refers to, each naming compiled files.
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'

/** Keeps of the declarations in `folder` those that `entry` imports, and points imports at `.js` files. */
export function keepReachable(folder, entry) {
  const reachable = new Set()
  const visit = file => {
    if (reachable.has(file)) return
    reachable.add(file)
    const text = readFileSync(file, 'utf8').replace(/(?<=['"]\.[^'"\n]*)\.ts(?=['"])/g, '.js')
    writeFileSync(file, text)
    for (const [, path] of text.matchAll(/['"](\.[^'"\n]*)\.js['"]/g)) visit(join(dirname(file), `${path}.d.ts`))
  }
  visit(join(folder, entry))
  for (const name of readdirSync(folder, {recursive: true})) {
    const file = join(folder, name)
    if (name.endsWith('.d.ts') && !reachable.has(file)) rmSync(file)
  }
}
