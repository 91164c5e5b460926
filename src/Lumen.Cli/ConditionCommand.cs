using System.CommandLine;
using Lumen.Conditions;
using Lumen.Files;
using Lumen.Imaging;
using Lumen.Onnx;

namespace Lumen.Cli;

/// <summary><c>lumen condition</c>: the map that a ControlNet is led by, drawn from a picture.</summary>
internal static class ConditionCommand
{
    private const string Description = """
        Draw the condition of a picture: edges, depth, normals or classes, as ordinary ControlNets take them.

        Edges need the picture alone. Depth, normals and classes come from a data set's own files (--depth, --normals, --labels); depth, normals and soft edges also from an estimator, an ONNX model file with one input [1, 3, H, W] such as MiDaS, Depth Anything or HED. For neural layouts see: lumen layout show --help
        """;

    public static Command Build(Terminal terminal)
    {
        var picture = new Argument<string>("PICTURE") { Description = "PNG, JPEG or WebP." };
        var kind = Flag.Registered(
                "--kind",
                null,
                registry => [.. registry.Conditions.Types.Select(type => WordOf(type.Kind))],
                "What to draw."
            )
            .Mandatory();
        var output = Flag.Text("--output", "FILE", "The drawing (.png).").Mandatory();
        var low = Flag.Number("--low-threshold", "Canny: gradients above this continue an edge. Default: 100.");
        var high = Flag.Number("--high-threshold", "Canny: gradients above this begin an edge. Default: 200.");
        var sigma = Flag.Number("--sigma", "Soft edges: smoothing in pixels. Default: 1.");
        var labels = Flag.Text("--labels", "FILE", "PNG of class ids, of the picture's size.");
        var classes = Flag.Whole("--classes", "Label map: number of classes. Default: the largest id and one.");
        var depth = Flag.Text("--depth", "FILE", "16-bit PNG of millimetres, of the picture's size.");
        var normals = Flag.Text("--normals", "FILE", "PNG of (n + 1) / 2, of the picture's size.");
        var (estimator, input, size) = EstimatorOptions();
        var command = new Command("condition", Description)
        {
            picture,
            kind,
            output,
            low,
            high,
            sigma,
            labels,
            classes,
            depth,
            normals,
            estimator,
            input,
            size,
        };
        command.SetAction(parsed =>
        {
            var target = parsed.GetValue(output)!;
            if (!target.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
                throw new LumenException($"--output must be a .png file but is {target}.");
            if (parsed.GetValue(sigma) is { } smoothing && smoothing is not (>= 0.1 and <= 100))
                throw new LumenException($"--sigma must be 0.1 to 100 but is {smoothing}.");
            InputGuard.RequireOther(
                target,
                parsed.GetValue(picture),
                parsed.GetValue(labels),
                parsed.GetValue(depth),
                parsed.GetValue(normals),
                parsed.GetValue(estimator)
            );
            var source = AnnotationFiles.Read(
                parsed.GetValue(picture)!,
                parsed.GetValue(labels),
                parsed.GetValue(depth),
                parsed.GetValue(normals)
            );
            using var network = parsed.GetValue(estimator) is { } file
                ? OnnxEstimator.Open(file, InputOf(parsed.GetValue(input)), parsed.GetValue(size))
                : null;
            RasterCondition condition = parsed.GetValue(kind) switch
            {
                "canny" => new CannyCondition(parsed.GetValue(low) ?? 100, parsed.GetValue(high) ?? 200),
                "soft-edge" => new SoftEdgeCondition(network, parsed.GetValue(sigma) ?? 1),
                "depth" => new DepthCondition(network),
                "normal" => new NormalCondition(network),
                "label-map" => new LabelMapCondition(parsed.GetValue(classes) ?? Classes(source.Labels)),
                { } other => Extensions
                    .Of(parsed)
                    .Registry.Conditions.Create(new ConditionSettings { Kind = new ConditionKind(other.Replace('-', '_')) }),
                null => throw new InvalidOperationException("--kind is mandatory."),
            };
            PngWriter.WriteRgb(target, condition.Draw(condition.Read(source)));
            terminal.Note($"wrote    {target}  ({source.Picture.Width} x {source.Picture.Height})");
            return 0;
        });
        return command;
    }

    /// <summary>A kind of condition as the command line spells it: <c>label-map</c>.</summary>
    public static string WordOf(ConditionKind kind) => kind.Name.Replace('_', '-');

    private static (Option<string?> Estimator, Option<string?> Input, Option<int?> Size) EstimatorOptions() =>
        (
            Flag.Text("--estimator", "FILE", "ONNX model: relative inverse depth, normals in 3 channels, or edge probabilities."),
            Flag.Choice(
                "--estimator-input",
                ["imagenet", "signed", "unit", "bytes"],
                "Range it takes colours in: imagenet (MiDaS, Depth Anything), signed -1...1, unit 0...1, bytes 0...255. Default: imagenet."
            ),
            Flag.Whole("--estimator-size", $"Side it works at if it takes any size. Default: {OnnxEstimator.DefaultSide}.")
        );

    private static EstimatorInput InputOf(string? word) =>
        word switch
        {
            "signed" => EstimatorInput.Signed,
            "unit" => EstimatorInput.Unit,
            "bytes" => EstimatorInput.Bytes,
            _ => EstimatorInput.ImageNet,
        };

    private static int Classes(byte[]? labels) => labels is null ? 1 : labels.Where(label => label != 255).Append((byte)0).Max() + 1;
}
