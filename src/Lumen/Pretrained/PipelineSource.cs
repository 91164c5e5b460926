using Lumen.Core.Checkpoints;
using Lumen.Models.Autoencoding;
using Lumen.Models.Denoising;
using Lumen.Models.Schedules;
using Lumen.Models.Text;

namespace Lumen.Pretrained;

/// <summary>A whole Stable Diffusion model on disk: configurations now, weights part by part. Closing it closes its files.</summary>
public abstract class PipelineSource : IDisposable
{
    /// <summary>Folder or file, as it was given.</summary>
    public abstract string Path { get; }

    /// <summary>Name of the folder or file, for messages and metadata.</summary>
    public abstract string Name { get; }

    public required UNetConfig UNet { get; init; }

    public required AutoencoderConfig Autoencoder { get; init; }

    public required ClipTextConfig Text { get; init; }

    public required SchedulerConfig Scheduler { get; init; }

    /// <summary>Folders and files whose weights features and adapters are bound to.</summary>
    public abstract IReadOnlyList<string> BindingPaths { get; }

    /// <summary>Folder of the tokenizer's files, and what pads its prompts if it is not what they say.</summary>
    /// <exception cref="LumenException">There is none.</exception>
    public abstract (string Folder, ClipPadding? Padding) Tokenizer { get; }

    /// <summary>A folder of model_index.json and parts, or a single file.</summary>
    /// <exception cref="LumenException">It is neither, a part is missing, or a configuration cannot be used.</exception>
    public static PipelineSource Open(string path, ModelFileOptions options)
    {
        if (File.Exists(path))
            return PipelineFile.OpenFile(path, options);
        if (!Directory.Exists(path))
            throw new LumenException(
                LumenErrorKind.File,
                $"There is no model folder at {path}. Give `Model` a diffusers folder (one with model_index.json) or a .safetensors "
                    + "file."
            );
        return PipelineFolder.OpenFolder(path, options.Registry);
    }

    /// <summary>
    /// The weights of <c>unet</c>, <c>vae</c> or <c>text_encoder</c>, under the model's names or older ones that loading knows.
    /// </summary>
    /// <exception cref="LumenException">They are missing.</exception>
    public abstract Checkpoint OpenWeights(string part);

    /// <summary>Refuses parts of different models.</summary>
    public void RequireMatchingParts(ClipTokenizer tokenizer)
    {
        if (Text.HiddenSize != UNet.CrossAttentionDim)
            throw Mismatch(
                $"the text encoder gives {Text.HiddenSize} values a token, but the U-Net expects {UNet.CrossAttentionDim} "
                    + "(cross_attention_dim)"
            );
        if (ModelFamily.InputsOf(UNet.InChannels) is { } inputs && Autoencoder.LatentChannels == 4)
            throw ModelFamily.Refusal(Path, inputs);
        if (Autoencoder.LatentChannels != UNet.InChannels)
            throw Mismatch(
                $"the autoencoder has {Autoencoder.LatentChannels} latent channels, but the U-Net expects {UNet.InChannels} (in_channels)"
            );
        if (tokenizer.VocabularySize > Text.VocabularySize)
            throw Mismatch($"the tokenizer has {tokenizer.VocabularySize} tokens, but the text encoder only {Text.VocabularySize}");
        if (tokenizer.MaxLength > Text.MaxPositions)
            throw Mismatch(
                $"the tokenizer's model_max_length is {tokenizer.MaxLength}, but the text encoder has {Text.MaxPositions} positions"
            );
        LumenException Mismatch(string difference) =>
            new(LumenErrorKind.Model, $"{Path}: {difference}. The parts come from different models.");
    }

    public abstract void Dispose();
}
