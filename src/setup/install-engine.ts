import {Fault} from '../base/fault.ts'
import {wheelsFolder} from '../base/folders.ts'
import {withLock} from '../base/lock.ts'
import {escapeLine} from '../base/printable.ts'
import type {InstalledEngine, Installer, InstallOptions} from './installer.ts'
import {openVinoInstaller} from './openvino.ts'
import {type ProbeResult, probeEngine} from './probe-engine.ts'
import {tensorFlowInstaller} from './tensorflow.ts'

/** The engines that svft installs, by name. */
export const INSTALLERS = {
  openvino: openVinoInstaller,
  tensorflow: tensorFlowInstaller,
} satisfies Readonly<Record<Installer['name'], Installer>>

export interface InstallRequest extends InstallOptions {
  /** Reinstalls an engine that is installed already. */
  readonly force?: boolean | undefined
}

export interface EngineInstallation extends InstalledEngine {
  readonly engine: Installer['name']
  /** Whether it was installed now, not before. */
  readonly installed: boolean
}

/** Installs an engine unless a working one is installed already, and tries it. @throws Fault if it still does not load */
export async function installEngine(installer: Installer, request: InstallRequest): Promise<EngineInstallation> {
  const {name} = installer
  for (const flag of ['gpu', 'from'] as const) {
    if (request[flag] && !installer.flags.includes(flag))
      throw new Fault('usage', `engine ${name} has no flag --${flag}`)
  }
  const unsupported = installer.unsupported()
  if (unsupported) throw new Fault('failed', `engine ${name}: ${unsupported}`)
  const before = request.force ? undefined : await findInstalled(installer)
  if (before) return {engine: name, installed: false, ...before}
  const {signal, note} = request
  return withLock(
    wheelsFolder(),
    async () => {
      const meanwhile = request.force ? undefined : await findInstalled(installer) // by a process that was waited for
      if (meanwhile) return {engine: name, installed: false, ...meanwhile}
      await installer.install(request)
      return {engine: name, installed: true, ...(await requireInstalled(installer))}
    },
    {of: name, wait: note, signal},
  )
}

/** The installed engine, if it loads. */
async function findInstalled(installer: Installer): Promise<InstalledEngine | undefined> {
  const found = installer.find()
  const probe = found && (await probeEngine(installer.name))
  return probe && isLoaded(probe) ? {...found, version: probe.version} : undefined
}

/** The installed engine. @throws Fault 'failed' if it does not load */
export async function requireInstalled(installer: Installer): Promise<InstalledEngine> {
  const probe = await probeEngine(installer.name)
  const found = isLoaded(probe) ? installer.find() : undefined
  if (found) return {...found, version: probe.version}
  const message = (probe.message ?? 'not found').replace(/^engine \w+: /, '')
  throw new Fault('failed', `engine ${installer.name}: ${message}`)
}

/** A library that loads has a version, even if the processor lacks the instructions it needs. */
const isLoaded = ({version}: ProbeResult) => version !== undefined

interface FoundEngine extends InstalledEngine {
  readonly engine: string
  /** Undefined if it was only looked for. */
  readonly installed?: boolean
}

/** An engine for a terminal: its version, folder and origin, and what comes next. */
export function installationText({engine, version, folder, origin, installed}: FoundEngine): string {
  const state = installed === false ? 'is installed already (--force installs it again)' : 'is installed'
  return [
    `${engine} ${version} ${state}: ${escapeLine(folder, 300)}, ${origin}`,
    `next: svft engine list, or engine: ${engine} in a recipe`,
  ].join('\n')
}
