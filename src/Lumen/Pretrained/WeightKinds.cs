using Lumen.Core.Checkpoints;
using Lumen.Models.Vision;

namespace Lumen.Pretrained;

/// <summary>Tells what a safetensors file is by the names in it: one table, the first row that fits wins.</summary>
internal static class WeightKinds
{
    private static readonly (WeightKind Kind, string Marker, string Description)[] Table =
    [
        (WeightKind.StableDiffusionXl, "conditioner.embedders.", "a Stable Diffusion XL checkpoint, which Lumen does not run"),
        (WeightKind.StableDiffusion3, "model.diffusion_model.joint_blocks.", "a Stable Diffusion 3 checkpoint, which Lumen does not run"),
        (WeightKind.Flux, "double_blocks.0.", "a Flux checkpoint, which Lumen does not run"),
        (WeightKind.Flux, "model.diffusion_model.double_blocks.0.", "a Flux checkpoint, which Lumen does not run"),
        (WeightKind.Lora, "lora_unet_", "a LoRA, a small change to a model, which Lumen does not apply"),
        (WeightKind.Lora, "lora_te_", "a LoRA, a small change to a model, which Lumen does not apply"),
        (WeightKind.Lora, "unet.down_blocks.", "a LoRA, a small change to a model, which Lumen does not apply"),
        (WeightKind.TextualInversion, "emb_params", "a textual inversion (a new word for a text encoder), which Lumen does not apply"),
        (WeightKind.OriginalPipeline, "model.diffusion_model.input_blocks.0.0.", "a Stable Diffusion checkpoint in one file, original names"),
        (WeightKind.OriginalControlNet, "control_model.input_hint_block.0.", "a ControlNet, original names; give it to --adapter"),
        (WeightKind.OriginalControlNet, "input_hint_block.0.", "a ControlNet, original names; give it to --adapter"),
        (WeightKind.ControlNet, "controlnet_cond_embedding.conv_in.", "a ControlNet; give it to --adapter"),
        (WeightKind.UNet, "down_blocks.0.resnets.0.time_emb_proj.", "the U-Net of a model, without autoencoder and text encoder"),
        (WeightKind.Autoencoder, "encoder.down_blocks.0.resnets.0.conv1.", "an autoencoder"),
        (WeightKind.OriginalAutoencoder, "encoder.down.0.block.0.conv1.", "an autoencoder, original names"),
        (WeightKind.OriginalAutoencoder, "first_stage_model.encoder.down.0.block.0.conv1.", "an autoencoder, original names"),
        (WeightKind.TextEncoder, "text_model.embeddings.token_embedding.", "a CLIP text encoder"),
    ];

    /// <summary>The kind of an opened checkpoint.</summary>
    public static WeightKind Of(Checkpoint file)
    {
        if (file.Metadata.ContainsKey("lumen.feature_source") && file.Entries.ContainsKey("layout")) return WeightKind.Layout;
        if (file.Metadata.ContainsKey("lumen.basis_hash") && file.Entries.ContainsKey("components")) return WeightKind.Basis;
        foreach (var (kind, marker, _) in Table)
        {
            if (kind == WeightKind.TextEncoder && IsBackbone(file)) return WeightKind.Backbone;   // CLIP as a whole has both
            if (file.Entries.Keys.Any(name => name.StartsWith(marker, StringComparison.Ordinal))) return kind;
        }
        return WeightKind.Unknown;
    }

    private static bool IsBackbone(Checkpoint file) => BackboneFamilies.All.SelectMany(family => family.Namings).Any(naming =>
        file.Entries.Keys.Any(name => name == naming.Marker || name.EndsWith("." + naming.Marker, StringComparison.Ordinal)));

    /// <summary>A kind in words, for the middle of a sentence.</summary>
    public static string Describe(WeightKind kind) => kind switch
    {
        WeightKind.Unknown => "nothing in its names is known to Lumen",
        WeightKind.Backbone => "it is a vision backbone (DINO, DINOv2, CLIP or MAE); give it to --backbone-weights",
        WeightKind.Layout => "it is a stored neural layout; give it to --layout",
        WeightKind.Basis => "it is the basis of a neural layout; give its folder to --basis",
        _ => $"it is {Table.First(row => row.Kind == kind).Description}",
    };

    /// <summary>A kind in words, on its own.</summary>
    public static string Title(WeightKind kind) => kind switch
    {
        WeightKind.Unknown => "unknown weights",
        WeightKind.Backbone => "a vision backbone",
        WeightKind.Layout => "stored neural layout",
        WeightKind.Basis => "basis of a neural layout",
        _ => Table.First(row => row.Kind == kind).Description.Split(';')[0],
    };
}
