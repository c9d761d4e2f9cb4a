// The variant as a file, the command that repeats it, and what can be saved.

import { byId } from "./elements";
import type { Shared } from "./messages";
import type { Question, Server } from "./server";

export class ShareDialog {
  private readonly dialog = byId<HTMLDialogElement>("share");
  private found: Shared | null = null;
  private asked: { question: Question; runs: number } | null = null;

  constructor(private readonly server: Server) {
    byId("share-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    this.copies("copy-yaml", () => this.found?.yaml ?? "");
    this.copies("copy-command", () => this.found?.command ?? "");
    this.copies("copy-line", () => this.found?.without_file ?? "");
    // In a frame of a notebook the address holds the token, and a link without it opens nothing.
    byId("copy-link").hidden = !server.hasCookie;
    this.copies("copy-link", () => location.href);
    byId("save-result").addEventListener("click", () => void this.save("result"));
    byId("save-report").addEventListener("click", () => void this.save("report"));
    byId("save-yaml").addEventListener("click", () => {
      if (this.found !== null) download(this.found.file, this.found.yaml, "text/yaml");
    });
  }

  async open(question: Question, runs: number): Promise<void> {
    const found = await this.server.share(question, runs);
    this.found = found;
    this.asked = { question, runs };
    const isFile = found.file !== "";
    byId("share-file").hidden = !isFile;
    byId("share-name").textContent = found.file;
    byId("share-yaml").textContent = found.yaml;
    byId("share-command").textContent = found.command;
    byId("share-command-how").textContent = found.how;
    byId("share-line-place").hidden = !isFile || found.without_file === "";
    byId("share-line").textContent = found.without_file;
    byId("share-digest").textContent = found.digest;
    byId("share-said").textContent = "";
    this.dialog.showModal();
  }

  private async save(kind: "result" | "report"): Promise<void> {
    if (this.asked === null) return;
    const { question, runs } = this.asked;
    this.say("Saving …");
    try {
      if (kind === "result") {
        const folder = await this.server.save(question, runs);
        this.say(`Saved in ${folder}: willing trace, plot and export read it.`);
        return;
      }
      const { file, html } = await this.server.report(question, runs);
      download(file, html, "text/html");
      this.say(`Saved as ${file}, where the browser keeps what it downloads.`);
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
  }

  private copies(id: string, text: () => string): void {
    byId(id).addEventListener("click", () => {
      navigator.clipboard.writeText(text()).then(
        () => this.say("Copied."),
        () => this.say("The browser does not let the page copy: select the text instead."),
      );
    });
  }

  private say(words: string): void {
    byId("share-said").textContent = words;
  }
}

function download(name: string, text: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
