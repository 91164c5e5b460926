using System.CommandLine;
using Lumen.Augmentation;
using Lumen.Datasets;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Imaging;

namespace Lumen.Cli;

/// <summary><c>lumen reproduce</c>: a generated picture again, byte for byte.</summary>
internal static class ReproduceCommand
{
    private const string Description = """
        Make a picture again, and compare: one of lumen generate from what its PNG says, one of lumen augment from its line in the manifest.

        A picture of lumen generate names its reference without a path: it is looked for beside the picture, above it and below the current folder; --source gives it. The model, adapter and source must be the same; each is checked by its hash. Exit code 2 when the bytes differ, as they may on another processor or with another number of threads.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var item = new Argument<string>("ITEM") { Description = "A generated picture, in the folder of its data set." };
        var steering = Flag.Text(
            "--source",
            "FILE",
            "The reference, layout or condition image of a picture that lumen generate made, where it is not found by its name.",
            "--reference",
            "--condition-image",
            "--layout"
        );
        var dataset = Flag.Text("--dataset", "DIR", "The original data set, where the originals are not in the output folder.");
        var format = DataCommand.Format();
        var outside = LinkFlag.Make();
        var output = Flag.Text("--output", "FILE", "Where to write the picture. Default: nowhere, only the bytes are compared.");
        var mask = Flag.Text("--keep-mask", "DIR", "Masks, where original pixels were put back by masks.");
        var (model, adapter, weights) = (ModelOptions.Model(), ModelOptions.Adapter(), BackboneFlags.BasisWeights());
        var command = new Command("reproduce", Description)
        {
            item,
            model,
            adapter,
            weights,
            steering,
            dataset,
            format,
            outside,
            output,
            mask,
        };
        var (place, single) = (PlacementFlags.AddTo(command), ModelFileFlags.AddTo(command));
        command.SetAction(parsed =>
        {
            terminal.AtOnce = () => { };
            var picture = parsed.GetValue(item)!;
            if (File.Exists(picture) && !Reproduction.IsInManifest(picture) && GenerationRecord.OfFile(picture) is { } record)
            {
                var choice = new ReproduceGenerated.Choice(
                    picture,
                    parsed.GetValue(model),
                    parsed.GetValue(adapter),
                    ModelOptions.Located(parsed.GetValue(weights)),
                    parsed.GetValue(steering),
                    parsed.GetValue(output),
                    place.Of(parsed, record.ComputeType),
                    single.Of(parsed)
                );
                return new ReproduceGenerated(terminal, stop).Run(choice, record);
            }
            var (folder, entry) = Reproduction.Find(picture);
            var source = DatasetFormats.OpenPictures(
                parsed.GetValue(dataset) ?? folder,
                parsed.GetValue(format),
                new DatasetOptions { Links = LinkFlag.Of(parsed, outside), Formats = Extensions.Of(parsed).Formats }
            );
            if (!source.Has(entry.Source))
                throw new LumenException(
                    $"{source.Root} does not hold {entry.Source}, the source of {entry.Item}. Give --dataset the original data set."
                );
            var modelFolder = ModelOptions.ModelFolder(parsed.GetValue(model));
            if (parsed.GetValue(output) is { } written)
                InputGuard.RequireOther(
                    written,
                    parsed.GetValue(item),
                    folder,
                    source.Root,
                    modelFolder,
                    ModelOptions.AdapterFolder(parsed.GetValue(adapter), modelFolder),
                    ModelOptions.Located(parsed.GetValue(weights)),
                    parsed.GetValue(mask)
                );
            var placement = place.Of(parsed, entry.Dtype);
            using var loaded = DiffusionModel.Load(modelFolder, placement, single.Of(parsed));
            using var backbone = ModelOptions.Located(parsed.GetValue(weights)) is { } file
                ? VisionBackboneFile.Open(file, placement, registry: loaded.Registry)
                : null;
            using var own = LayoutAdapter.Load(ModelOptions.AdapterFolder(parsed.GetValue(adapter), modelFolder), loaded, backbone);
            var temporary = Path.Combine(Path.GetTempPath(), $"lumen-{Guid.NewGuid():N}{Path.GetExtension(entry.Item)}");
            try
            {
                var target = parsed.GetValue(output);
                var same = Reproduction.Run(
                    new ImageGenerator(loaded, own),
                    entry,
                    source,
                    target ?? temporary,
                    parsed.GetValue(mask),
                    stop
                );
                if (target is not null)
                    terminal.Note($"wrote    {target}");
                var recorded = Path.Combine(folder, entry.Item!);
                var samePixels =
                    !same
                    && File.Exists(recorded)
                    && GenerateRun.Hash(File.ReadAllBytes(recorded)) == entry.Sha256
                    && PictureDifference.Between(PictureReader.Read(recorded), PictureReader.Read(target ?? temporary)) is null;
                terminal.Line(
                    same ? $"same     {entry.Item} is {entry.Sha256![..12]} again, byte for byte"
                    : samePixels
                        ? $"same     {entry.Item} again, pixel for pixel; what the file says about itself differs, as another version "
                            + "of lumen writes it"
                    : $"differs  {entry.Item} has other bytes than recorded ({entry.Sha256![..12]}): another processor or library "
                        + "rounds differently"
                );
                return same || samePixels ? 0 : 2;
            }
            finally
            {
                File.Delete(temporary);
            }
        });
        return command;
    }
}
