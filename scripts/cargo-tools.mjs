/** Programs from crates.io that the wasm build needs, kept in the project's own folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { cargoProgram, toolsDir } from './paths.mjs';
import { readIfThere } from './stamp.mjs';

/** worker-build 0.8.7 expects exactly this wasm-bindgen, and so does Cargo.toml. */
const TOOLS = [
  { name: 'wasm-bindgen-cli', version: '0.2.129', program: 'wasm-bindgen' },
  { name: 'worker-build', version: '0.8.7', program: 'worker-build' },
];

/** @param {{ name: string, version: string, program: string }} tool */
function isInstalled(tool) {
  const installed = readIfThere(join(toolsDir, '.crates.toml')) ?? '';
  return (
    installed.includes(`"${tool.name} ${tool.version} `) && existsSync(cargoProgram(tool.program))
  );
}

/** @type {import('./setup.mjs').Part} */
export const cargoTools = {
  label: 'wasm-bindgen and worker-build',
  isReady: () => TOOLS.every(isInstalled),
  async install(say) {
    // One after the other: both fill every core, and they share most of their dependencies.
    for (const tool of TOOLS.filter((tool) => !isInstalled(tool))) {
      await run(
        'cargo',
        ['install', tool.name, '--version', tool.version, '--locked', '--root', toolsDir],
        {
          say,
          env: {
            CARGO_TARGET_DIR: join(toolsDir, 'build'),
            // They run for two seconds in a build; optimising them takes five minutes and saves one second.
            CARGO_PROFILE_RELEASE_OPT_LEVEL: '0',
            CARGO_PROFILE_RELEASE_LTO: 'off',
            CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
            CARGO_PROFILE_RELEASE_DEBUG: '0',
            RUSTFLAGS: '',
          },
        },
      );
    }
  },
};
