using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Vision;

/// <summary>
/// The vision transformer of DINO (Caron et al. 2021), DINOv2 (Oquab et al. 2023), CLIP (Radford et al. 2021) and SigLIP (Zhai et al.
/// 2023), which differ in their configuration only. State keys are those of the original DINO code, which timm shares; other conventions
/// are <see cref="WeightNaming"/> tables. Weights are zeros until a checkpoint is loaded.
/// </summary>
public sealed class VisionTransformer : Module
{
    [StateKey("cls_token")]
    private readonly Parameter? _class;

    [StateKey("pos_embed")]
    private readonly Parameter _positions;

    [StateKey("register_tokens")]
    private readonly Parameter? _registers;

    [StateKey("mask_token")]
    private readonly Parameter? _mask;

    [StateKey("patch_embed")]
    private readonly PatchEmbedding _patches;

    [StateKey("norm_pre")]
    private readonly LayerNorm? _preNorm;

    [StateKey("blocks")]
    private readonly ModuleList<VisionBlock> _blocks;

    [StateKey("norm")]
    private readonly LayerNorm _norm;

    [StateKey("proj")]
    private readonly Parameter? _projection;

    /// <summary>Builds the network with blank weights.</summary>
    public VisionTransformer(VisionTransformerConfig config, Placement placement)
        : base(nameof(VisionTransformer))
    {
        (Config, Placement) = (config, placement);
        _class = config.ClassToken ? Layer.Zeros(placement, 1, 1, config.Width) : null;
        _positions = Layer.Zeros(placement, 1, (long)config.Grid * config.Grid + (config.ClassPosition ? 1 : 0), config.Width);
        _registers = config.Registers > 0 ? Layer.Zeros(placement, 1, config.Registers, config.Width) : null;
        _mask = config.MaskToken ? Layer.Zeros(placement, 1, config.Width) : null;
        _patches = new PatchEmbedding(config, placement);
        _preNorm = config.PreNorm ? Layer.LayerNorm(config.Width, placement, config.Epsilon) : null;
        _blocks = new ModuleList<VisionBlock>([.. Enumerable.Range(0, config.Depth).Select(_ => new VisionBlock(config, placement))]);
        _norm = Layer.LayerNorm(config.Width, placement, config.Epsilon);
        _projection = config.Projection > 0 ? Layer.Zeros(placement, config.Width, config.Projection) : null;
        RegisterComponents();
        foreach (var parameter in parameters())
            parameter.DetachFromDisposeScope();
    }

    /// <summary>Sizes and conventions.</summary>
    public VisionTransformerConfig Config { get; private set; }

    /// <summary>Device and compute type of every weight.</summary>
    public Placement Placement { get; }

    /// <summary>Tokens that stand before the patches: the class token and the registers.</summary>
    public int PrefixTokens => (Config.ClassToken ? 1 : 0) + Config.Registers;

    /// <summary>Tokens after a number of blocks; nothing behind them is computed.</summary>
    /// <param name="pixels">[B, 3, H, W], normalised as the family wants it, sides of at least one patch; what is left of a side that is
    /// not a multiple of the patch is dropped.</param>
    /// <param name="blocks">0 (what the first block is given) to the depth.</param>
    /// <param name="masked">[B, N] bool: patches that the mask token replaces before positions are added (Zhou et al. 2021), in training;
    /// null for none.</param>
    /// <returns>[B, T, D] without the final norm, T = class token + registers + patches in this order, compute type.</returns>
    /// <exception cref="ArgumentException">A shape or number is out of range, or the network has no mask token.</exception>
    public Tensor HiddenStates(Tensor pixels, int blocks, Tensor? masked = null)
    {
        Shape.Require(
            pixels,
            nameof(pixels),
            $"[B, 3, H, W] with sides of at least {Config.Patch}",
            s => s is [_, 3, var h, var w] && h >= Config.Patch && w >= Config.Patch
        );
        if (blocks < 0 || blocks > Config.Depth)
            throw new ArgumentOutOfRangeException(nameof(blocks), blocks, $"blocks must be 0 to {Config.Depth}.");
        using var scope = NewDisposeScope();
        var tokens = Embed(pixels, masked);
        for (var i = 0; i < blocks; i++)
            tokens = _blocks[i].call(tokens);
        return tokens.MoveToOuterDisposeScope();
    }

    /// <summary>One facet of one layer; nothing behind it is computed.</summary>
    /// <param name="pixels">As for <see cref="HiddenStates"/>.</param>
    /// <param name="layer">0 to the depth - 1.</param>
    /// <param name="facet">Tokens come without the final norm here.</param>
    /// <returns>[B, T, D], compute type.</returns>
    /// <exception cref="ArgumentException">A shape or number is out of range.</exception>
    public Tensor Facet(Tensor pixels, int layer, VisionFacet facet)
    {
        RequireLayer(layer);
        if (facet == VisionFacet.Token)
            return HiddenStates(pixels, layer + 1);
        using var scope = NewDisposeScope();
        return _blocks[layer].Facet(HiddenStates(pixels, layer), facet).MoveToOuterDisposeScope();
    }

    /// <summary>Attention probabilities of a layer: [B, heads, T, T], float32.</summary>
    public Tensor Attention(Tensor pixels, int layer)
    {
        RequireLayer(layer);
        using var scope = NewDisposeScope();
        return _blocks[layer].Probabilities(HiddenStates(pixels, layer)).MoveToOuterDisposeScope();
    }

    /// <summary>The final norm of tokens [B, T, D] or [B, D].</summary>
    public Tensor Norm(Tensor tokens) => _norm.call(tokens);

    /// <summary>Normed class tokens [B, D] in CLIP's joint space of pictures and texts: [B, E].</summary>
    /// <exception cref="InvalidOperationException">The weights have no projection.</exception>
    public Tensor Project(Tensor pooled) =>
        pooled.mm(_projection ?? throw new InvalidOperationException("These weights have no projection."));

    /// <summary>Draws fresh weights at the scales of the original code; the same stream gives the same weights.</summary>
    /// <param name="random">The stream.</param>
    /// <param name="layerScale">What the factors of <see cref="VisionTransformerConfig.LayerScale"/> begin with.</param>
    public void Initialise(RandomStream random, double layerScale = 1) => VisionInitialisation.Apply(this, random, layerScale);

    /// <summary>Chooses the activation, where the weights were opened without knowing it.</summary>
    internal void Activate(VisionFeedForward activation)
    {
        foreach (var block in _blocks)
            block.Activate(activation);
        Config = Config with { FeedForward = activation };
    }

    // [B, T, D]
    private Tensor Embed(Tensor pixels, Tensor? masked)
    {
        using var scope = NewDisposeScope();
        var patches = _patches.call(pixels.to(Placement.Device).to_type(Placement.Compute)); // [B, D, h, w]
        var (batch, height, width) = (patches.shape[0], patches.shape[2], patches.shape[3]);
        // Upstream's rule: positions stay as they are for as many patches of a square picture, and are interpolated otherwise.
        var trained = pixels.shape[2] == pixels.shape[3] && height * width == (long)Config.Grid * Config.Grid;
        var places = Places(trained ? null : (height, width)); // [1, N, D]
        var tokens = Masked(patches.flatten(2).transpose(1, 2), masked) + places; // [B, N, D]
        List<Tensor> parts = [];
        if (_class is not null)
            parts.Add((Config.ClassPosition ? _class + _positions.narrow(1, 0, 1) : _class).expand(batch, -1, -1));
        if (_registers is not null)
            parts.Add(_registers.expand(batch, -1, -1));
        var all = cat([.. parts, tokens], 1); // [B, T, D]
        return (_preNorm is null ? all : _preNorm.call(all)).MoveToOuterDisposeScope();
    }

    private Tensor Masked(Tensor patches, Tensor? masked)
    {
        if (masked is null)
            return patches;
        if (_mask is null)
            throw new ArgumentException("These weights have no mask token.", nameof(masked));
        Shape.Require(
            masked,
            nameof(masked),
            $"[{patches.shape[0]}, {patches.shape[1]}], one entry for each patch",
            s => s.Length == 2 && s[0] == patches.shape[0] && s[1] == patches.shape[1]
        );
        return where(masked.unsqueeze(2), _mask, patches);
    }

    private Tensor Places((long Height, long Width)? size)
    {
        var cells = (long)Config.Grid * Config.Grid;
        var places = _positions.narrow(1, Config.ClassPosition ? 1 : 0, cells); // [1, G·G, D]
        if (size is not var (height, width))
            return places;
        using var scope = NewDisposeScope();
        var grid = places.to_type(ScalarType.Float32).transpose(1, 2).unflatten(2, [Config.Grid, Config.Grid]); // [1, D, G, G]
        (double, double)? scale =
            Config.PositionOffset == 0
                ? null
                : ((height + Config.PositionOffset) / Config.Grid, (width + Config.PositionOffset) / Config.Grid);
        return Bicubic
            .Resize(grid, height, width, Config.PositionAntialias, scale)
            .flatten(2)
            .transpose(1, 2)
            .to_type(Placement.Compute)
            .MoveToOuterDisposeScope();
    }

    private void RequireLayer(int layer)
    {
        if (layer < 0 || layer >= Config.Depth)
            throw new ArgumentOutOfRangeException(nameof(layer), layer, $"layer must be 0 to {Config.Depth - 1}.");
    }
}
