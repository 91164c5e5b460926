using System.CommandLine;

namespace Lumen.Cli;

/// <summary><c>lumen completion</c>: a script that makes a shell complete commands, options and their words.</summary>
internal static class CompletionCommand
{
    private const string Description = """
        Print a script that completes commands, options and their values with the Tab key.

        bash: add  eval "$(lumen completion bash)"  to ~/.bashrc. zsh: the same in ~/.zshrc, after compinit. fish: lumen completion fish > ~/.config/fish/completions/lumen.fish. PowerShell: add  lumen completion pwsh | Out-String | Invoke-Expression  to $PROFILE.
        """;

    private const string Bash = """
        _lumen() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$("$1" "[suggest:$COMP_POINT]" "$COMP_LINE" 2> /dev/null)" -- "$2"))
        }
        complete -o default -F _lumen lumen
        """;

    private const string Zsh = """
        #compdef lumen
        _lumen() {
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2> /dev/null)}")
            [[ -n "$found[1]" ]] && compadd -a found || _files
        }
        compdef _lumen lumen
        """;

    private const string Fish = """
        function __lumen_suggest
            set -l line (commandline -cp)
            lumen "[suggest:"(string length -- "$line")"]" "$line" 2> /dev/null
        end
        complete -c lumen -a "(__lumen_suggest)"
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName lumen -ScriptBlock {
            param($word, $tree, $cursor)
            lumen "[suggest:$cursor]" "$tree" 2> $null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    public static Command Build(Terminal terminal)
    {
        var command = new Command("completion", Description);
        (string Name, string Shell, string Script)[] scripts =
        [
            ("bash", "bash", Bash),
            ("zsh", "zsh", Zsh),
            ("fish", "fish", Fish),
            ("pwsh", "PowerShell", PowerShell),
        ];
        foreach (var (name, shell, script) in scripts)
        {
            var verb = new Command(name, $"Print the script for {shell}.");
            verb.SetAction(_ => terminal.Line(script));
            command.Subcommands.Add(verb);
        }
        return command;
    }
}
