using Lumen.Core.Tensors;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Hub;
using Lumen.Imaging;
using Lumen.Pretrained;

namespace Lumen.Cli;

/// <summary>Makes a picture of <c>lumen generate</c> again from what its PNG says, and compares.</summary>
/// <param name="terminal">Where to report.</param>
/// <param name="stop">Stops between steps.</param>
internal sealed class ReproduceGenerated(Terminal terminal, CancellationToken stop)
{
    /// <summary>What was asked for; null where the PNG tells it.</summary>
    public sealed record Choice(
        string Picture,
        string? Model,
        string? Adapter,
        string? BackboneWeights,
        string? Source,
        string? Output,
        Placement Placement,
        ModelFileOptions ModelFile
    );

    /// <summary>Makes and compares it.</summary>
    /// <returns>0 where it is the same picture, 2 where it is not.</returns>
    /// <exception cref="LumenException">Something that made it is missing or has changed; every difference is named.</exception>
    public int Run(Choice choice, GenerationRecord record)
    {
        var name = Path.GetFileName(choice.Picture);
        if (choice.Output is { } output && Path.GetFullPath(output) == Path.GetFullPath(choice.Picture))
            throw new LumenException($"--output {output} is the picture itself, which is to be compared. Give another file.");
        var file = SteeringFile.Find(choice.Picture, choice.Source, record.Source);
        var folder = ModelOptions.ModelFolder(choice.Model ?? ModelNamed(record.Model.Name));
        var settings = new GenerateSettings
        {
            Source = record.Source.Kind switch
            {
                "layout" => (null, file, null),
                "condition_image" => (null, null, file),
                _ => (file, null, null),
            },
            Prompt = record.Prompt,
            Model = folder,
            ModelFile = choice.ModelFile,
            Adapter = ModelOptions.AdapterFolder(choice.Adapter, folder),
            BackboneWeights = choice.BackboneWeights,
            Output = "",
            Placement = choice.Placement,
            Options = record.Options,
        };
        if (choice.Output is { } written)
            InputGuard.RequireOther(written, choice.Picture, file, settings.Model, settings.Adapter, settings.BackboneWeights);
        settings.Validate();
        if (record.Threads is { } threads)
            TorchSharp.torch.set_num_threads(
                Math.Clamp(threads, 1, Math.Max(Environment.ProcessorCount, TorchSharp.torch.get_num_threads()))
            );
        using var model = DiffusionModel.Load(settings.Model, settings.Placement, settings.ModelFile);
        using var source = GenerateRun.Open(settings, model, record.Source.Kind == "layout" ? null : PictureReader.Read(file));
        RequireSame(name, record, model, source);
        var picture = source.Generator.Generate(source.Request with { FirstItem = record.Item }, settings.Options, null, stop)[0];
        var text = GenerateRun.RecordOf(settings, source, record.Item, source.Agreement(picture)).ToPngText();
        if (choice.Output is { } place)
        {
            PngWriter.WriteRgb(place, picture, text);
            terminal.Note($"wrote    {place}");
        }
        return Report(choice.Picture, name, picture, text);
    }

    private int Report(string path, string name, Picture picture, PngText text)
    {
        using var again = new TemporaryPicture();
        PngWriter.WriteRgb(again.Path, picture, text);
        if (File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(again.Path)))
        {
            terminal.Line($"same     {name} again, byte for byte");
            return 0;
        }
        var difference = PictureDifference.Between(PictureReader.Read(path), picture);
        terminal.Line(
            difference is null
                ? $"same     {name} again, pixel for pixel; what the file says about itself differs, as another version of lumen writes it"
                : $"differs  {name}: {difference}. Another processor, library or number of threads rounds differently, and the "
                    + "picture may have been edited"
        );
        return difference is null ? 0 : 2;
    }

    private static void RequireSame(string name, GenerationRecord record, DiffusionModel model, GenerateSource source)
    {
        var differences = new List<string>();
        Compare($"the model's weights ({record.Model.Name}, now {model.Name})", record.Model.Hash, model.WeightsHash);
        Compare($"the adapter's weights ({record.Adapter.Name}, now {source.Adapter.Name})", record.Adapter.Hash, source.Adapter.Hash);
        if (record.Layout is { } layout && source.Layout(null) is { } now)
            Compare("the layout basis", layout.BasisHash, now.BasisHash);
        if (differences.Count > 0)
            throw new LumenException(
                $"{name} cannot be made again: {string.Join("; ", differences)}. Give the --model and --adapter it was made with."
            );

        void Compare(string what, string then, string today)
        {
            if (then != today)
                differences.Add($"{what} were {Short(then)} and are {Short(today)}");
        }
    }

    // A name in the hub's cache, or the built-in model's; a folder is known to its owner alone.
    private static string? ModelNamed(string name)
    {
        if (HubId.Parse(name) is not null)
            return name;
        var builtIn = ModelOptions.ModelFolder(null);
        return name == Path.GetFileName(builtIn)
            ? null
            : throw new LumenException(
                $"The picture was made with the model {name}, whose place a picture does not hold. Give it with --model."
            );
    }

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
