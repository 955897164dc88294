import {afterAll} from 'vitest'
import {closeOpened} from './cleanup.ts'

// Runs before each test file. Files share a process: each begins in the same folder and environment.

const KEY = Symbol.for('svft: how this process began')
const shared = globalThis as {[KEY]?: {folder: string; variables: NodeJS.ProcessEnv; env: NodeJS.ProcessEnv}}
shared[KEY] ??= {folder: process.cwd(), variables: {...process.env}, env: process.env}
const {folder, variables, env} = shared[KEY]
process.chdir(folder)
process.env = env
for (const name of Object.keys(env)) if (!(name in variables)) delete env[name]
Object.assign(env, variables)

afterAll(closeOpened, 60_000)
