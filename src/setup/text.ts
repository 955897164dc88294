import {escapeLine} from '../base/printable.ts'
import type {EngineInstallation} from './install-engine.ts'

/** An installation for a terminal: what there is, where, and what comes next. */
export function installationText({engine, version, folder, origin, installed}: EngineInstallation): string {
  const what = `${engine} ${version ?? ''}`.trim()
  const where = `${escapeLine(folder, 300)} (${origin})`
  const next = `next: svft engine list, or engine: ${engine} in a recipe`
  return `${what} ${installed ? 'is installed' : 'is installed already'}: ${where}\n${next}`
}
