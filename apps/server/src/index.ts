export { ExitCode, runConclaved } from './conclaved.ts';
export { loadConfig, type SettingDoc, settingDocs } from './settings.ts';
