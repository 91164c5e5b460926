using Lumen.Cli;
using Lumen.Imaging;
using Lumen.Testing;

namespace Lumen.Tests.Cli;

/// <summary>The program in this process, with a tiny model and a reference picture.</summary>
public sealed class CommandLine : IDisposable
{
    private readonly TempFolder _folder = new();

    public CommandLine()
    {
        Model = TinyModels.Write(_folder.File("tiny"));
        Reference = _folder.File("street.png");
        PngWriter.WriteRgb(Reference, TinyModels.Scene(0));
    }

    /// <summary>A base model with its adapter.</summary>
    public string Model { get; }

    /// <summary>A picture of the model's size.</summary>
    public string Reference { get; }

    /// <summary>A path in the fixture's folder.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>Runs the program.</summary>
    public static Outcome Run(params string[] arguments) => Run(new StringWriter(), CancellationToken.None, arguments);

    /// <summary>Runs the program, which may be stopped.</summary>
    public static Outcome Run(StringWriter output, CancellationToken stop, params string[] arguments)
    {
        using var error = new StringWriter();
        var code = Program.Run(arguments, new Terminal(output, error, isInteractive: false), stop);
        return new Outcome(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs <c>generate</c> with the tiny model, two steps and the reference.</summary>
    public Outcome Generate(string output, params string[] more) =>
        Run([
            "generate",
            "--model",
            Model,
            "--reference",
            Reference,
            "--prompt",
            "a street at night",
            "--steps",
            "2",
            "--output-dir",
            output,
            .. more,
        ]);

    public void Dispose() => _folder.Dispose();

    /// <summary>What a run left.</summary>
    public sealed record Outcome(int Code, string Output, string Error);
}
