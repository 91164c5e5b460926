using System.CommandLine;
using System.Globalization;
using Lumen.Augmentation;
using Lumen.Generation;

namespace Lumen.Cli;

/// <summary>The options of <c>lumen augment</c>.</summary>
internal sealed class AugmentFlags
{
    /// <summary>What catches pictures that lost their layout and hardly any other (docs/augment.md says how it was chosen).</summary>
    public const double DefaultAgreement = 0.7;

    private static readonly AugmentationOptions Defaults = new();

    private readonly Option<string?> _dataset = Flag.Text(
            "--dataset",
            "DIR",
            "Folder of the labelled data set, or of pictures without labels; it is only read.",
            "--train-data-dir"
        )
        .Mandatory();
    private readonly Option<string?> _output = Flag.Text("--output", "DIR", "Folder of the augmented data set.", "--output-dir")
        .Mandatory();
    private readonly Option<int?> _variants = Flag.Whole(
        "--variants",
        $"New pictures for each training picture. Default: {Defaults.Variants}."
    );
    private readonly Option<string?> _prompts = Flag.Text(
        "--prompts",
        "FILE",
        "Prompt matrix: a TOML file with [domains] and perhaps [styles]."
    );
    private readonly Option<string?> _prompt = Flag.Text("--prompt", "TEXT", "One prompt for all, instead of --prompts.");
    private readonly Option<string?> _negative = Flag.Text("--negative-prompt", "TEXT", "What no picture must look like, with --prompt.");
    private readonly Option<string?> _format = DataCommand.Format();
    private readonly Option<string?> _split = Flag.Text("--split", "NAME", "Part to make pictures from. Default: the training part.");
    private readonly Option<bool> _allowHeldOut = HeldOutFlag.Make();
    private readonly Option<int?> _limit = Flag.Whole(
        "--limit",
        "Use only N pictures of the part, spread over it: for a trial. Nothing else of the data set is copied."
    );
    private readonly Option<ulong?> _seed = Flag.Seed("--seed", $"Seed of noise and prompts. Default: {Defaults.Seed}.");
    private readonly Option<string?> _resolution = Flag.Text(
        "--resolution",
        "SIZE",
        "Shorter side in pixels at which pictures are generated: native (the model's own), original, or a number. Results have the "
            + "size of their source, or --size. Default: native."
    );
    private readonly Option<string?> _size = Flag.Text(
        "--size",
        "WxH",
        "Size of new pictures. Label maps are then resampled to it, every pixel taking the value under its middle. Default: the "
            + "source's size, and labels as they are."
    );
    private readonly Option<string?> _fit = Flag.Choice(
        "--fit",
        ["pad", "resize", "tile"],
        "How pictures of another size are brought to the model's: scaled and padded, scaled to whole cells, or covered by overlapping "
            + "tiles at their own scale (for pictures much larger than the model; one pass a tile). Default: pad."
    );
    private readonly Option<int?> _batch = Flag.Whole(
        "--batch",
        "Pictures, or tiles, in one pass. With more than one the last digits of a picture may depend on its place in the pass where "
            + "several threads compute. Default: 1 picture; several where that changes no byte (small models in bfloat16); tiles by their "
            + "size."
    );
    private readonly Option<string?> _shard = Flag.Text(
        "--shard",
        "I/N",
        "Do the I-th of N shares, I from 1 to N; all may run at once into one output folder. Default: 1/1."
    );
    private readonly Option<bool> _generatedOnly = Flag.Switch("--generated-only", "Leave the originals out of the output.");
    private readonly Option<bool> _link = Flag.Switch(
        "--link",
        "Hard links instead of copies of labels and originals: no disk space, but a change of one is a change of the other."
    );
    private readonly Option<string?> _type = Flag.Choice(
        "--picture-format",
        ["auto", "png", "jpeg"],
        "File type of new pictures. Default: auto, PNG unless readers of the data set expect the source's ending."
    );
    private readonly Option<string?> _min = Flag.Text(
        "--min-agreement",
        "X|none",
        "Layout agreement, -1 to 1, below which a picture is tried again and at last rejected; none or 0 accepts all. Default: "
            + $"{DefaultAgreement}, or what the output folder was begun with."
    );
    private readonly Option<string?> _minObedience = Flag.Text(
        "--min-obedience",
        "X|none",
        "Prompt obedience, 0 to 1, below which a picture is tried again and at last rejected: from 0.5 on, every phrase that its prompt "
            + "names must outweigh all its rivals. Default: none, or what the output folder was begun with."
    );
    private readonly ObedienceFlags _obedience = new();
    private readonly Option<bool> _allowToy = Flag.Switch(
        "--allow-toy",
        "Use the built-in model although the pictures are unlike its streets: they come out as toy streets with roughly their layout."
    );
    private readonly Option<int?> _retries = Flag.Whole(
        "--retries",
        $"Further attempts: first another seed, then more strength. Default: {Defaults.Retries}."
    );
    private readonly Option<double?> _ignore = Flag.Number(
        "--ignore-below",
        "Also write trusted/: labels whose pixels count for nothing where the agreement is below this, -1 to 1."
    );
    private readonly Option<int?> _ignoreLabel = Flag.Whole(
        "--ignore-label",
        "Class id of pixels that count for nothing, for --ignore-below, where neither the format nor the list of classes says it."
    );
    private readonly DatasetFlags _data = new();
    private readonly Option<bool> _noConfidence = Flag.Switch(
        "--no-confidence",
        "Do not write confidence/ (16-bit maps of the agreement)."
    );
    private readonly Option<string?> _keepClasses = Flag.Text(
        "--keep-classes",
        "LIST",
        "Classes, names or ids with commas between them, whose original pixels are put back."
    );
    private readonly Option<string?> _keepMask = Flag.Text(
        "--keep-mask",
        "DIR",
        "Masks (PNG, named like the pictures) that are not zero where original pixels are put back."
    );
    private readonly Option<int?> _feather = Flag.Whole("--feather", "Pixels of blending around what is put back. Default: 4.");
    private readonly Option<string?> _leak = Flag.Choice(
        "--leak-check",
        ["layout", "exact", "off"],
        "Training pictures that are also in a held-out part are left out: found by layout, or only where the files are equal. "
            + "Default: layout."
    );
    private readonly Option<double?> _threshold = Flag.Number(
        "--leak-threshold",
        $"Similarity of layouts from which pictures count as near-duplicates. Default: {Defaults.LeakThreshold}."
    );
    private readonly Option<string?> _licence = Flag.Text("--data-licence", "TEXT", "Licence of the data set, carried into the manifest.");
    private readonly GenerationFlags _generation = GenerationFlags.Sampling(Defaults.Generation, nameof(GenerationOptions.Components));
    private readonly Option<bool> _dryRun = Flag.Switch("--dry-run", "Say what would be made, and write nothing.");
    private readonly Option<bool> _json = Flag.Switch("--json", "Print the report as JSON.");
    private readonly Option<string?> _model = ModelOptions.Model(),
        _adapter = ModelOptions.Adapter(),
        _backbone = BackboneFlags.BasisWeights();

    public IEnumerable<Option> All =>
        [
            _dataset,
            _output,
            _variants,
            _prompts,
            _prompt,
            _negative,
            _model,
            _adapter,
            _backbone,
            _format,
            _split,
            _allowHeldOut,
            _limit,
            _seed,
            _resolution,
            _size,
            _fit,
            _batch,
            _shard,
            _generatedOnly,
            _link,
            _type,
            _min,
            _minObedience,
            .. _obedience.All,
            _allowToy,
            _retries,
            _ignore,
            _ignoreLabel,
            _noConfidence,
            _keepClasses,
            _keepMask,
            _feather,
            _leak,
            _threshold,
            _licence,
            .. _generation.Options,
            _dryRun,
            _json,
            .. _data.All,
        ];

    public AugmentSettings Read(ParseResult parsed, ModelFileFlags single, PlacementFlags placement)
    {
        var folder = ModelOptions.ModelFolder(parsed.GetValue(_model));
        var options = Options(parsed) with { Licences = Licences(parsed, folder) };
        options.Validate();
        return new AugmentSettings
        {
            Dataset = parsed.GetValue(_dataset)!,
            Format = parsed.GetValue(_format),
            Data = _data.Read(parsed),
            Output = parsed.GetValue(_output)!,
            Model = folder,
            ModelFile = single.Of(parsed),
            Adapter = ModelOptions.AdapterFolder(parsed.GetValue(_adapter), folder),
            BackboneWeights = ModelOptions.Located(parsed.GetValue(_backbone)),
            Clip = _obedience.Read(parsed).Clip,
            Phrases = _obedience.Read(parsed).Phrases,
            Prompts = Prompts(parsed),
            Options = options,
            Placement = placement.Of(parsed),
            AllowsToy = parsed.GetValue(_allowToy),
            IsDryRun = parsed.GetValue(_dryRun),
            IsJson = parsed.GetValue(_json),
        };
    }

    private AugmentationOptions Options(ParseResult parsed) =>
        new()
        {
            Variants = parsed.GetValue(_variants) ?? Defaults.Variants,
            Seed = parsed.GetValue(_seed) ?? Defaults.Seed,
            Split = parsed.GetValue(_split),
            AllowHeldOut = parsed.GetValue(_allowHeldOut),
            Limit = parsed.GetValue(_limit),
            Resolution = Resolution(parsed.GetValue(_resolution)),
            Size = Size(parsed.GetValue(_size)),
            Fit = Enum.Parse<PictureFit>(parsed.GetValue(_fit) ?? "pad", ignoreCase: true),
            Batch = parsed.GetValue(_batch),
            Shard = Shard(parsed.GetValue(_shard)),
            WithOriginals = !parsed.GetValue(_generatedOnly),
            HardLinks = parsed.GetValue(_link),
            PictureType = Enum.Parse<PictureFileType>(parsed.GetValue(_type) ?? "auto", ignoreCase: true),
            MinAgreement = Limit(parsed, _min, begun => begun.MinAgreement, DefaultAgreement),
            MinObedience = Limit(parsed, _minObedience, begun => begun.MinObedience, null),
            Retries = parsed.GetValue(_retries) ?? Defaults.Retries,
            IgnoreLabel = parsed.GetValue(_ignoreLabel),
            IgnoreBelow = parsed.GetValue(_ignore),
            Confidence = !parsed.GetValue(_noConfidence),
            Keep = Keep(parsed),
            HeldOutCheck = Enum.Parse<HeldOutCheck>(parsed.GetValue(_leak) ?? "layout", ignoreCase: true),
            LeakThreshold = parsed.GetValue(_threshold) ?? Defaults.LeakThreshold,
            Generation = _generation.Read(parsed, Defaults.Generation),
        };

    private PromptMatrix Prompts(ParseResult parsed) =>
        (parsed.GetValue(_prompts), parsed.GetValue(_prompt)) switch
        {
            ({ } file, null) => PromptMatrixFile.Read(file),
            (null, { } prompt) => PromptMatrix.Single(prompt, parsed.GetValue(_negative) ?? ""),
            _ => throw new LumenException(
                "Give either --prompts FILE (a prompt matrix) or --prompt TEXT: they say what the new pictures look like."
            ),
        };

    private KeptRegions? Keep(ParseResult parsed)
    {
        var (classes, mask) = (parsed.GetValue(_keepClasses), parsed.GetValue(_keepMask));
        if (classes is null && mask is null)
            return null;
        if (mask is not null && !Directory.Exists(mask))
            throw new LumenException(
                $"There is no folder of masks at {mask}. Give --keep-mask a folder of PNG files that are named like the pictures."
            );
        return new KeptRegions(
            classes?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
            mask,
            parsed.GetValue(_feather) ?? 4
        );
    }

    private Dictionary<string, string> Licences(ParseResult parsed, string model)
    {
        var licences = new Dictionary<string, string>(StringComparer.Ordinal);
        if (parsed.GetValue(_licence) is { Length: > 0 } data)
            licences["data"] = data;
        if (TrainedModelCard.Licence(model) is { } own)
            licences["model"] = own;
        return licences;
    }

    private double? Limit(
        ParseResult parsed,
        Option<string?> option,
        Func<(bool IsBegun, double? MinAgreement, double? MinObedience), double?> begunWith,
        double? usual
    )
    {
        var text = parsed.GetValue(option);
        if (text is null)
            return AugmentationOptions.BegunWith(parsed.GetValue(_output)!) is { IsBegun: true } begun ? begunWith(begun) : usual;
        if (text == "none")
            return null;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
            throw new LumenException($"{option.Name} must be a number, or none, but is \"{text}\".");
        return value == 0 ? null : value;
    }

    private static int? Resolution(string? text) =>
        text switch
        {
            null or "native" => null,
            "original" => AugmentationOptions.OriginalResolution,
            _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var side) && side > 0 => side,
            _ => throw new LumenException($"--resolution must be native, original or a number of pixels but is \"{text}\"."),
        };

    private static (int Width, int Height)? Size(string? text)
    {
        if (text is null)
            return null;
        return
            text.Split('x') is [var width, var height]
            && int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out var w)
            && int.TryParse(height, NumberStyles.None, CultureInfo.InvariantCulture, out var h)
            ? (w, h)
            : throw new LumenException($"--size must be WxH, such as 512x256, but is \"{text}\".");
    }

    private static (int Index, int Count) Shard(string? text)
    {
        if (text is null)
            return (1, 1);
        return
            text.Split('/') is [var index, var count]
            && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var i)
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            ? (i, n)
            : throw new LumenException($"--shard must be I/N, such as 1/4, but is \"{text}\".");
    }
}
