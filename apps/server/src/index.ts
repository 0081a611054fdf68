export { ExitCode, runConclaved } from './conclaved.ts';
export { type ConfigFiles, type LoadedConfig, loadConfig, type SettingDoc, settingDocs } from './settings.ts';
export type { ZooCfgNote } from './zoo-cfg/zoo-cfg.ts';
