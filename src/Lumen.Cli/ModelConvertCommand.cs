using System.CommandLine;
using Lumen.Pretrained;
using static TorchSharp.torch;

namespace Lumen.Cli;

/// <summary><c>lumen model convert</c>: any model that Lumen reads into a diffusers folder.</summary>
internal static class ModelConvertCommand
{
    private const string Description = """
        Write a model as a diffusers folder, with its weights in the type that is asked for.

        Takes single-file checkpoints, diffusers folders, ControlNets and autoencoders under either naming, text encoders, vision backbones and LUMEN adapters. Weights go through in small pieces, so that memory stays small whatever the size.
        """;

    private static readonly Dictionary<string, ScalarType> Types = new(StringComparer.Ordinal)
    {
        ["bf16"] = ScalarType.BFloat16,
        ["fp16"] = ScalarType.Float16,
        ["fp32"] = ScalarType.Float32,
    };

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var source = new Argument<string>("PATH") { Description = "File or folder." };
        var output = Flag.Text("--output-dir", "DIR", "Folder for the result; it must not hold a model yet.").Mandatory();
        var dtype = Flag.Choice("--dtype", [.. Types.Keys], "Type of the weights. Default: as they are.");
        var command = new Command("convert", Description) { source, output, dtype };
        var single = ModelFileFlags.AddTo(command);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(output)!;
            var options = new ConversionOptions
            {
                DType = parsed.GetValue(dtype) is { } name ? Types[name] : null,
                File = single.Of(parsed),
            };
            ConvertedModel converted;
            using (var bar = new ProgressBar(terminal, "MB"))
                converted = ModelConversion.Convert(
                    ModelOptions.Located(parsed.GetValue(source))!,
                    folder,
                    options,
                    new MegabyteReport<ConversionProgress>(bar, value => (value.Done, value.Total, value.Part)),
                    stop
                );
            foreach (var file in converted.Files)
                terminal.Note($"wrote    {Path.Combine(folder, file)}");
            foreach (var note in converted.Notes)
                terminal.Warn(note);
            return 0;
        });
        return command;
    }
}
