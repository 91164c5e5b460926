using System.CommandLine;
using Lumen.Core.Processes;
using Lumen.Core.Tensors;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Training.Data;
using TorchSharp;

namespace Lumen.Cli;

/// <summary><c>lumen layout fit</c>: a basis from a folder of pictures.</summary>
internal static class LayoutFitCommand
{
    private const int SheetPictures = 8;

    private const string Description = """
        Fit a layout basis to a folder of pictures. No labels are needed.

        Writes lumen/basis.safetensors and lumen/layout.json, the explained variance as variance.png, and layouts.png with the layouts of the first pictures. Held-out parts of data sets are refused.

        Prints how much the components keep, and whether borders, outliers or mere position have a hand in them. mpirun -np R shares the pictures among R processes.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var defaults = new BasisOptions();
        var images = Flag.Text("--images", "DIR", "Folder of pictures, or a data set, of which only the training part is used.")
            .Mandatory();
        var heldOut = HeldOutFlag.Make();
        var outside = LinkFlag.Make();
        var output = Flag.Text("--output-dir", "DIR", "Folder for the basis.").Mandatory();
        var components = Flag.Whole("--components", $"Components N. Default: {defaults.Components}.");
        var model = ModelOptions.Model();
        var (backbone, weights) = (BackboneFlags.Backbone(), BackboneFlags.Weights());
        var layer = Flag.Text(
            "--layer",
            "LAYER",
            "Where features are taken: a decoder block of the U-Net (default up_blocks[2]) or several as up_blocks[1]+up_blocks[2]; "
                + "for the other backbones the number of a layer, negative from the end (default the last, for clip the second-last)."
        );
        var facet = Flag.Choice(
            "--facet",
            ["token", "key", "query", "value"],
            "What is taken there: the output (token), or keys, queries or values of self-attention. Default: token, for dino key."
        );
        var activation = Flag.Choice(
            "--activation",
            ["gelu", "quick_gelu"],
            "Activation of CLIP's networks, which their weights do not tell. Default: what config.json or open_clip_config.json says."
        );
        var resolution = Flag.Whole(
            "--resolution",
            "Shorter side of pictures for backbones other than the U-Net, a multiple of the patch. Default: what it was trained on."
        );
        var timestep = Flag.Whole("--timestep", "Timestep of the noise that is added first, 0 to 999. Default: 100.");
        var ensemble = Flag.Whole("--ensemble", "Noisy passes that are averaged for each picture. Default: 1.");
        var normalisation = Flag.Choice(
            "--normalisation",
            ["standardise", "centre", "none"],
            "What is taken out of each picture's features first. Default: standardise."
        );
        var border = Flag.Whole(
            "--border-cells",
            "Cells at each side that the fit leaves out, where odd border cells take over components. Default: 0."
        );
        var norm = Flag.Number(
            "--max-norm-ratio",
            "Clip cells whose norm exceeds this many times their picture's median norm, 1 or more. Default: no clipping."
        );
        var position = Flag.Switch(
            "--subtract-position-mean",
            "Take out what depends on the position alone, in the fit and whenever the basis is used."
        );
        var penalty = Flag.Number(
            "--appearance-penalty",
            "How much variance that other colours and light cause counts against a component: 0 is plain PCA, 2 a good start against "
                + "day and night in the layout. Looks at every picture twice. Default: 0."
        );
        var command = new Command("fit", Description)
        {
            images,
            heldOut,
            outside,
            output,
            components,
            backbone,
            weights,
            layer,
            facet,
            activation,
            resolution,
            model,
            timestep,
            ensemble,
            normalisation,
            border,
            norm,
            position,
            penalty,
        };
        var (place, single) = (PlacementFlags.AddTo(command), ModelFileFlags.AddTo(command));
        command.SetAction(parsed =>
        {
            var options = new BasisOptions
            {
                Components = parsed.GetValue(components) ?? defaults.Components,
                Normalisation = Enum.Parse<FeatureNormalisation>(parsed.GetValue(normalisation) ?? "standardise", ignoreCase: true),
                BorderCells = parsed.GetValue(border) ?? defaults.BorderCells,
                MaxNormRatio = parsed.GetValue(norm),
                SubtractPositionMean = parsed.GetValue(position),
                AppearancePenalty = parsed.GetValue(penalty) ?? 0,
            };
            options.Validate();
            var extensions = Extensions.Of(parsed);
            var (files, data) = PictureFiles.ForFitting(
                parsed.GetValue(images)!,
                parsed.GetValue(heldOut),
                LinkFlag.Of(parsed, outside),
                extensions.Formats
            );
            var folder = parsed.GetValue(output)!;
            foreach (var name in new[] { "lumen/basis.safetensors", "lumen/layout.json", "variance.png", "layouts.png" })
                InputGuard.RequireOther(
                    Path.Combine(folder, name),
                    parsed.GetValue(images),
                    parsed.GetValue(weights),
                    parsed.GetValue(model)
                );
            var placement = place.Of(parsed);
            var choice = new FitBackbone.Choice(
                parsed.GetValue(backbone),
                ModelOptions.Located(parsed.GetValue(weights)),
                parsed.GetValue(layer),
                parsed.GetValue(facet),
                (parsed.GetValue(timestep), parsed.GetValue(ensemble)),
                parsed.GetValue(resolution),
                parsed.GetValue(activation)
            );
            using var opened = FitBackbone.Open(
                choice,
                placement,
                () => DiffusionModel.Load(ModelOptions.ModelFolder(parsed.GetValue(model)), placement, single.Of(parsed)),
                extensions.Registry
            );
            if (opened.Assumption is { } assumed)
                terminal.Warn(assumed);
            return Job.Together(terminal, "lumen layout fit", FitAndWrite);

            int FitAndWrite(ICommunicator processes)
            {
                if (processes.Rank > 0)
                {
                    using var same = Fit(processes);
                    return 0;
                }
                using var prepared = OutputFolder.Prepare(folder);
                using var owned = FolderLock.Take(folder, "lumen layout fit");
                using var basis = Fit(processes);
                basis.NoteData(data);
                basis.Save(folder);
                terminal.Note($"backbone {Described(basis.Source)}");
                foreach (var line in LayoutFitReport.Lines(basis))
                    terminal.Line(line);
                terminal.Note($"wrote    {Path.Combine(folder, "lumen", "basis.safetensors")}");
                PngWriter.WriteRgb(Path.Combine(folder, "variance.png"), VariancePlot.Draw(basis));
                Sheet(
                    new LayoutExtractor(opened.Size, basis, opened.Features),
                    [.. files.Take(SheetPictures)],
                    Path.Combine(folder, "layouts.png")
                );
                terminal.Note($"wrote    {Path.Combine(folder, "variance.png")}");
                terminal.Note($"wrote    {Path.Combine(folder, "layouts.png")}");
                return 0;
            }

            LayoutBasis Fit(ICommunicator processes)
            {
                using var bar = new ProgressBar(terminal, "pictures");
                return LayoutFitting.Fit(opened.Features, files, options, Altered, new Report(bar, files.Count), processes, stop);
            }
        });
        return command;
    }

    private static torch.Tensor Altered(PictureBatch batch) =>
        PhotometricJitter.Strong.Apply(batch.Images, new RandomStream((ulong)batch.Items[0]));

    private static string Described(FeatureSource source) =>
        $"{source.Backbone} {source.WeightsHash[..10]}, {source.Layer}{(source.Facet is { } facet ? $" {facet}" : "")}, "
        + $"{source.Channels} channels, pictures of {source.ImageSize} pixels";

    // One range for all, so that the colours of the pictures can be compared.
    private static void Sheet(LayoutExtractor reader, string[] files, string path)
    {
        var layouts = files.Select(file => LayoutCommand.Read(reader, file)).ToArray();
        var range = DrawingRange.Of(layouts.Select(layout => layout.Layout));
        PngWriter.WriteRgb(
            path,
            ContactSheet.Compose(
                [
                    [.. layouts.Select(layout => layout.Picture)],
                    [.. layouts.Select(layout => LayoutCommand.Drawn(layout, range))],
                ],
                null,
                ["picture", "components 1-3"]
            )
        );
        foreach (var layout in layouts)
            layout.Dispose();
    }

    private sealed class Report(ProgressBar bar, int total) : IProgress<long>
    {
        void IProgress<long>.Report(long value) => bar.Report(value, total);
    }
}
