namespace Lumen.Models.Vision;

/// <summary>What the names and shapes of a file say: family, naming and configuration. No weight is read.</summary>
/// <param name="Family">The family.</param>
/// <param name="Naming">Whose names they are.</param>
/// <param name="Prefix">What stands before every name; empty as a rule.</param>
/// <param name="Config">Sizes and conventions.</param>
public sealed record BackboneWeights(BackboneFamily Family, WeightNaming Naming, string Prefix, VisionTransformerConfig Config)
{
    // Of every published model of these families: 64, but for the largest.
    private static int HeadWidth(BackboneFamily family, long width) =>
        family.HeadWidths.TryGetValue(width, out var own)
            ? own
            : width switch
            {
                1280 => 80,
                1408 => 88,
                1664 => 104,
                _ => 64,
            };

    private static readonly IReadOnlyDictionary<long, string> Sizes = new Dictionary<long, string>
    {
        [192] = "t",
        [384] = "s",
        [768] = "b",
        [1024] = "l",
        [1152] = "so400m",
        [1280] = "h",
        [1536] = "g",
    };

    /// <summary>
    /// Whether the activation is the one usual for the family, because neither a configuration nor the caller says which it is.
    /// </summary>
    public bool IsActivationAssumed { get; init; }

    /// <summary>The activation as configurations call it: <c>gelu</c>, <c>quick_gelu</c>; null where the family has but one.</summary>
    public string? Activation => Family.HasOtherActivations ? NameOf(Config.FeedForward) : null;

    /// <summary>An activation by the name that configurations have for it.</summary>
    public static VisionFeedForward ActivationOf(string name) =>
        name switch
        {
            "quick_gelu" => VisionFeedForward.QuickGelu,
            "gelu_pytorch_tanh" => VisionFeedForward.GeluTanh,
            _ => VisionFeedForward.Gelu,
        };

    private static string NameOf(VisionFeedForward feedForward) =>
        feedForward switch
        {
            VisionFeedForward.QuickGelu => "quick_gelu",
            VisionFeedForward.GeluTanh => "gelu_pytorch_tanh",
            _ => "gelu",
        };

    /// <summary>Family and size: <c>dinov2-vitb14-reg4</c>.</summary>
    public string Name
    {
        get
        {
            var size = Sizes.GetValueOrDefault(Config.Width, $"{Config.Width}x{Config.Depth}-");
            return $"{Family.Name}-vit{size}{Config.Patch}{(Config.Registers > 0 ? $"-reg{Config.Registers}" : "")}";
        }
    }

    /// <summary>Recognises weights.</summary>
    /// <param name="shapes">Every tensor of the file.</param>
    /// <param name="config">The text of <c>config.json</c> or <c>open_clip_config.json</c>; null without one, which is enough for published
    /// sizes.</param>
    /// <param name="description">What messages call the file.</param>
    /// <param name="activation">What the caller says about the activation; null where that is to be found out.</param>
    /// <param name="families">The families it may be of; null for the built-in ones.</param>
    /// <exception cref="LumenException">No family's marker is there, or names and shapes contradict themselves or the
    /// configuration.</exception>
    public static BackboneWeights Recognise(
        IReadOnlyDictionary<string, IReadOnlyList<long>> shapes,
        string? config,
        string description,
        VisionFeedForward? activation = null,
        IReadOnlyList<BackboneFamily>? families = null
    )
    {
        foreach (var family in families ?? BackboneFamilies.All)
        {
            foreach (var naming in family.Namings)
            {
                var prefixes = shapes
                    .Keys.Where(name => BackboneRegistry.IsNamed(name, naming.Marker))
                    .Select(name => name[..^naming.Marker.Length])
                    .ToArray();
                if (prefixes.Length == 0)
                    continue;
                if (prefixes.Length > 1)
                    throw new LumenException(
                        LumenErrorKind.Model,
                        $"{description} holds several networks of the family {family.Name} (under "
                            + $"{string.Join(" and ", prefixes.Order(StringComparer.Ordinal))}); expected one. Save the one you mean "
                            + "to a file of its own."
                    );
                if (family.Refusal(name => shapes.GetValueOrDefault(prefixes[0] + name)) is { } reason)
                    throw new LumenException(LumenErrorKind.Model, $"{description} {reason}");
                var found = new BackboneShapes(shapes, naming, prefixes[0], description);
                return Known(family, naming, found, config is null ? null : BackboneSettings.Parse(config), (prefixes[0], activation));
            }
        }
        throw BackboneRegistry.Unknown(description, shapes.Keys, families ?? BackboneFamilies.All);
    }

    private static BackboneWeights Known(
        BackboneFamily family,
        WeightNaming naming,
        BackboneShapes shapes,
        BackboneSettings? settings,
        (string Prefix, VisionFeedForward? Activation) given
    )
    {
        if (given.Activation is { } said && !family.HasOtherActivations)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{shapes.Description} is of the family {family.Name}, whose networks all have the same activation: leave out "
                    + $"{NameOf(said)}."
            );
        var config = Describe(family, shapes, settings ?? new BackboneSettings());
        // A transformers or OpenAI configuration that names no activation means OpenAI's. Networks above the sizes of OpenAI's are
        // OpenCLIP's.
        var usual = settings is null && config.Width > 1024 ? VisionFeedForward.Gelu : family.FeedForward;
        if (family.HasOtherActivations)
            config = config with { FeedForward = given.Activation ?? settings?.FeedForward ?? usual };
        var colours = family with { Mean = settings?.Mean ?? family.Mean, Std = settings?.Std ?? family.Std };
        return new BackboneWeights(colours, naming, given.Prefix, config)
        {
            IsActivationAssumed = family.HasOtherActivations && settings is null && given.Activation is null,
        };
    }

    private static VisionTransformerConfig Describe(BackboneFamily family, BackboneShapes shapes, BackboneSettings settings)
    {
        var kernel = shapes.Require("patch_embed.proj.weight", "[D, 3, p, p]", s => s is [> 0, 3, > 0, _] && s[2] == s[3]);
        var positions = shapes.Require(
            "pos_embed",
            "a row for each patch of a square grid",
            s => s.Count >= 2 && Grid(s[^2]) is var grid && grid is not null && (family.HasClassToken || !grid.Value.Class)
        );
        var swiGlu = shapes.Has("blocks.0.mlp.w12.weight") && shapes.IsGated;
        var hidden = shapes.Require(
            swiGlu ? "blocks.0.mlp.w12.weight" : "blocks.0.mlp.fc1.weight",
            "[hidden, D]",
            s => s.Count == 2 && s[0] > 0
        );
        var registers = shapes.Has("register_tokens")
            ? (int)shapes.Require("register_tokens", "[1, R, D]", s => s is [1, > 0 and < 1000, _])[1]
            : 0;
        var (width, depth, patch) = (kernel[0], shapes.Blocks, (int)kernel[2]);
        Agree("width", settings.Width, width);
        Agree("number of layers", settings.Depth, depth);
        Agree("patch size", settings.Patch, patch);
        var heads =
            settings.Heads
            ?? (
                width % HeadWidth(family, width) == 0
                    ? (int)(width / HeadWidth(family, width))
                    : throw new LumenException(
                        LumenErrorKind.Model,
                        $"{shapes.Description}: the number of attention heads cannot be told from weights of width {width}. Give "
                            + "the folder that holds config.json beside them."
                    )
            );
        if (width % heads != 0)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{shapes.Description}: config.json says {heads} attention heads, which do not divide the width {width}."
            );
        var interpolation = family.Positions(registers);
        return new VisionTransformerConfig
        {
            Width = width,
            Depth = depth,
            Heads = heads,
            Patch = patch,
            Grid = Grid(positions[^2])!.Value.Side,
            ClassToken = family.HasClassToken,
            ClassPosition = Grid(positions[^2])!.Value.Class,
            Hidden = swiGlu ? hidden[0] / 2 : hidden[0],
            FeedForward = swiGlu ? VisionFeedForward.SwiGlu : settings.FeedForward ?? family.FeedForward,
            Registers = registers,
            LayerScale = shapes.Has("blocks.0.ls1.gamma"),
            PreNorm = shapes.Has("norm_pre.weight"),
            MaskToken = shapes.Has("mask_token"),
            Projection = shapes.Has("proj")
                ? shapes.Require("proj", "[D, E]", s => s is [> 0, > 0])[shapes.IsTransposed("proj") ? 0 : 1]
                : 0,
            Epsilon = settings.Epsilon ?? family.Epsilon,
            PositionOffset = settings.PositionOffset ?? interpolation.Offset,
            PositionAntialias = settings.PositionAntialias ?? interpolation.Antialias,
        };

        void Agree(string what, int? said, long found)
        {
            if (said is { } value && value != found)
                throw new LumenException(
                    LumenErrorKind.Model,
                    $"{shapes.Description}: config.json says a {what} of {value}, but the weights have {found}. The files come from "
                        + "different models."
                );
        }
    }

    // 1 + G·G rows with the class token, G·G without; no number is both but 1.
    private static (int Side, bool Class)? Grid(long rows)
    {
        foreach (var (cells, hasClass) in new[] { (rows - 1, true), (rows, false) })
        {
            var side = (int)Math.Round(Math.Sqrt(Math.Clamp(cells, 0, int.MaxValue)));
            if (side > 0 && (long)side * side == cells)
                return (side, hasClass);
        }
        return null;
    }
}
