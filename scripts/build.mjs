// Compiles src to dist and writes oclif.manifest.json, so that no command imports the others when it starts.
// With --declarations, as npm packs it, dist has the library's types as well.
import {spawnSync} from 'node:child_process'
import {existsSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [dist, manifest] = [`${root}/dist`, `${root}/oclif.manifest.json`]
const mine = `${dist}.${process.pid}` // two commands may both be the first of a clone: each compiles for itself
rmSync(manifest, {force: true}) // a stale manifest hides new commands

// Without checking types, which npm run check does: 4 s instead of 9.
const declarations = process.argv.includes('--declarations')
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const options = [
  '-p',
  `${root}/tsconfig.build.json`,
  '--noCheck',
  '--declaration',
  String(declarations),
  '--outDir',
  mine,
]
const {status} = spawnSync(process.execPath, [tsc, ...options], {stdio: ['ignore', 2, 2]})
if (status === 0 && declarations) {
  const {keepReachable} = await import('./declarations.mjs')
  keepReachable(mine, 'index.d.ts')
}
for (let tries = 1; status === 0; tries++) {
  try {
    if (existsSync(dist)) renameSync(dist, `${mine}.old`)
    renameSync(mine, dist)
    break
  } catch (error) {
    if (tries === 5) throw error
    rmSync(`${mine}.old`, {recursive: true, force: true}) // another command has moved its own there in between
  }
}
for (const folder of [mine, `${mine}.old`]) rmSync(folder, {recursive: true, force: true})
if (status !== 0) process.exit(status ?? 1)

const {Plugin} = await import('@oclif/core')
const plugin = new Plugin({root, type: 'core', ignoreManifest: true})
await plugin.load()
writeFileSync(`${manifest}.${process.pid}`, `${JSON.stringify(plugin.manifest, null, 2)}\n`)
renameSync(`${manifest}.${process.pid}`, manifest)
