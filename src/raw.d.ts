/** Text assets (host scripts, units) embedded at build time. */
declare module '*?raw' {
  const text: string;
  export default text;
}
