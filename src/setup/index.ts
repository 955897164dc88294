import type {Installer} from './installer.ts'
import {openVinoInstaller} from './openvino.ts'
import {tensorFlowInstaller} from './tensorflow.ts'

/** The engines that svft installs, by name. */
export const INSTALLERS = {
  openvino: openVinoInstaller,
  tensorflow: tensorFlowInstaller,
} satisfies Readonly<Record<Installer['name'], Installer>>
