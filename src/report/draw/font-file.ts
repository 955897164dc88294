import {createRequire} from 'node:module'

/** Inter, the font of all figures, so that they are the same on a machine with other fonts or with none. */
export const fontFile = (): string =>
  createRequire(import.meta.url).resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf')
