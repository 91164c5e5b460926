using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Lumen.Conditions;
using Lumen.Core.Native;
using Lumen.Models.Autoencoding;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Models.Text;
using Lumen.Pretrained;
using Lumen.Training.Backbones;
using Lumen.Training.Data;
using Lumen.Training.Perception;
using static TorchSharp.torch;

namespace Lumen.Training;

// What is said and refused before a weight is read: what is known of the networks is their configuration.
public sealed partial record TrainingTaskFactory
{
    private const int WidestStem = 1 << 14;
    private const int UsualCaptions = 200; // different ones of scenes
    private const int MostTokens = 512 + 1024 + 2; // of a vocabulary that is made of captions

    private void ForeseeAutoencoder(Recipe recipe, AutoencoderConfig vae) =>
        Foresee(
            new AutoencoderMemory(vae, recipe.Data.Resolution, recipe.TrainEncoder)
            {
                Floor = Resident,
                Placement = Placement,
                Threads = get_num_threads(),
            },
            Math.Min(recipe.Crop, recipe.Data.Resolution),
            recipe.Training
        );

    private void ForeseeBase(
        Recipe recipe,
        FolderPictures? listed,
        (UNetConfig UNet, AutoencoderConfig Vae) networks,
        ClipTextConfig? begun
    )
    {
        var text = begun ?? ClipTextConfig.Parse(Required(recipe.TextEncoder, "text_encoder")) with { VocabularySize = MostTokens };
        Foresee(
            new DenoiserMemory(networks.UNet with { CrossAttentionDim = text.HiddenSize }, networks.Vae, text, null)
            {
                Floor = Resident,
                Placement = Placement,
                Threads = get_num_threads(),
                Pictures = Encodings(recipe.Data, listed),
                Captions = 0,
            },
            recipe.Data.Resolution,
            recipe.Training
        );
    }

    private void ForeseeAdapter(Recipe recipe, FolderPictures? listed, string model, ConditionSettings condition)
    {
        using var source = PipelineSource.Open(model, new ModelFileOptions { Registry = Registry });
        RequireStem(recipe.ConditioningEmbeddingOutChannels, source.Autoencoder.Stride);
        var channels = condition.Kind == ConditionKind.Layout ? recipe.Layout.Components : 3;
        var control = new ControlNetConfig(source.UNet)
        {
            ConditioningChannels = channels,
            ConditioningEmbeddingOutChannels = recipe.ConditioningEmbeddingOutChannels,
        };
        Foresee(
            new DenoiserMemory(source.UNet, source.Autoencoder, source.Text, control)
            {
                Floor = Resident,
                Placement = Placement,
                Threads = get_num_threads(),
                Pictures = Encodings(recipe.Data, listed),
                Captions = listed is null
                    ? UsualCaptions
                    : listed.Train.Concat(listed.HeldOut).Select(picture => picture.Caption).Distinct(StringComparer.Ordinal).Count(),
                KeepsEncoders = recipe.Layout.Photometric > 0 && Backbone is null && condition.Kind == ConditionKind.Layout,
            },
            recipe.Data.Resolution,
            recipe.Training
        );
    }

    // An adapter of another stem could be trained, but no model would take it.
    private static void RequireStem(IReadOnlyList<long> widths, long stride)
    {
        var count = BitOperations.Log2((ulong)stride) + 1;
        if (widths.Count != count || widths.Any(width => width is < 1 or > WidestStem))
            throw new LumenException(
                LumenErrorKind.Option,
                $"conditioning_embedding_out_channels must be {count} widths from 1 to {WidestStem}: the base has a latent cell for "
                    + $"{stride} x {stride} pixels, and each width after the first halves the condition's grid. But it is "
                    + $"[{string.Join(", ", widths)}]. Change it in the recipe."
            );
    }

    private void ForeseePerception(Recipe recipe, FolderPictures? listed)
    {
        var classes = listed is null ? PerceptionClasses.Street : new DatasetReading().ClassesOf(listed.Dataset).Classes;
        var network = recipe.Perception.ConfigFor(classes);
        if (!network.IsPossible)
            return; // said where the pictures' labels are known
        Foresee(
            new PerceptionMemory(network, listed is null ? 0 : Encodings(recipe.Data, listed))
            {
                Floor = Resident,
                Placement = Placement,
                Threads = get_num_threads(),
            },
            recipe.Data.Resolution,
            recipe.Training
        );
    }

    private void ForeseeContrastive(Recipe recipe, RecipeBackbone backbone, ClipTokenizer? tokenizer)
    {
        var text = ClipTextConfig.Parse(Required(recipe.TextEncoder, "text_encoder"));
        text = tokenizer is null
            ? text with
            {
                VocabularySize = MostTokens,
            }
            : text with
            {
                VocabularySize = tokenizer.VocabularySize,
                MaxPositions = tokenizer.MaxLength,
            };
        Foresee(
            new ContrastiveMemory(backbone.ToConfig(recipe.Data.Resolution), text, recipe.Data.Resolution)
            {
                Floor = Resident,
                Placement = Placement,
                Threads = get_num_threads(),
            },
            backbone.Views.GlobalSize,
            recipe.Training
        );
    }

    private static long Encodings(RecipeData data, FolderPictures? listed) =>
        listed is null ? data.Scenes + data.ValidationScenes : listed.Train.Count * listed.Selection.Variants + listed.HeldOut.Count;

    private static long Resident
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    private void Foresee(MemoryForecast forecast, int side, TrainingOptions training)
    {
        if (Trial is not null)
            return;
        var peak = forecast.Of(side, training);
        Note($"memory   {peak}");
        if (Placement.Device.type != TorchSharp.DeviceType.CPU || peak.Bytes <= MachineMemory.Available)
            return;
        var free = string.Create(CultureInfo.InvariantCulture, $"{MachineMemory.Available / 1e9:0.0} GB");
        var advice = MemorySwitches.Advice(forecast, side, training, MachineMemory.Available);
        var needed = string.Create(CultureInfo.InvariantCulture, $"The run needs about {peak.Bytes / 1e9:0.0} GB of memory");
        if (peak.Bytes > MachineMemory.Total)
            throw new LumenException(
                string.Create(CultureInfo.InvariantCulture, $"{needed}, but this machine has {MachineMemory.Total / 1e9:0.0} GB. {advice}")
            );
        Warn($"{needed}, but {free} are free: the system may end it. {advice}");
    }
}
