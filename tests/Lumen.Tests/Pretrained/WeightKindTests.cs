using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Pretrained;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Pretrained;

/// <summary>Weights of all sorts are called what they are, wherever they are given.</summary>
public sealed class WeightKindTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(
        "a LoRA (kohya's names)",
        "lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight",
        "lora_te_text_model_encoder_layers_0_mlp_fc1.alpha"
    )]
    [InlineData(
        "a LoRA for Stable Diffusion XL (kohya's names)",
        "lora_unet_input_blocks_4_1_proj_in.lora_down.weight",
        "lora_te1_x.alpha",
        "lora_te2_x.alpha"
    )]
    [InlineData("a LoRA for Flux", "lora_unet_double_blocks_0_img_attn_proj.lora_down.weight")]
    [InlineData("a LoRA for Flux", "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight")]
    [InlineData("a LoRA for Stable Diffusion 3", "transformer.transformer_blocks.0.attn.add_k_proj.lora_A.weight")]
    [InlineData("a LoRA (peft's names)", "base_model.model.down_blocks.0.attentions.0.to_q.lora_A.weight")]
    [InlineData("a LoRA (peft's names)", "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight")]
    [InlineData("a LoRA (diffusers' names)", "unet.down_blocks.0.attentions.0.processor.to_q_lora.down.weight")]
    [InlineData("a LoRA (diffusers' names)", "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora.down.weight")]
    [InlineData(
        "a LyCORIS LoKr (a small change to a model, as Kronecker products)",
        "lora_unet_mid_block_attentions_0_proj_in.lokr_w1",
        "lora_unet_mid_block_attentions_0_proj_in.lokr_w2"
    )]
    [InlineData("a LyCORIS LoHa (a small change to a model, as Hadamard products)", "lora_unet_mid_block_attentions_0_proj_in.hada_w1_a")]
    [InlineData("a ControlNet-LLLite", "lllite_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.down.0.weight")]
    [InlineData(
        "a Control-LoRA (a ControlNet as small changes to a Stable Diffusion XL U-Net)",
        "lora_controlnet",
        "input_blocks.1.0.in_layers.2.down"
    )]
    [InlineData("an IP-Adapter (pictures as prompts)", "image_proj.proj.weight", "ip_adapter.1.to_k_ip.weight")]
    [InlineData("a T2I-Adapter", "body.0.block1.weight", "conv_in.weight")]
    [InlineData("a T2I-Adapter", "adapter.body.0.resnets.0.block1.weight")]
    [InlineData("a motion module of AnimateDiff (video)", "down_blocks.0.motion_modules.0.temporal_transformer.norm.weight")]
    [InlineData("a textual inversion (a new word for a text encoder)", "emb_params")]
    [InlineData("a textual inversion (a new word for a text encoder)", "<cat-toy>")]
    [InlineData("a textual inversion for Stable Diffusion XL (a new word for two text encoders)", "clip_l", "clip_g")]
    [InlineData(
        "a Stable Diffusion XL checkpoint",
        "conditioner.embedders.0.transformer.x",
        "model.diffusion_model.input_blocks.0.0.weight"
    )]
    [InlineData("a Stable Diffusion XL U-Net", "add_embedding.linear_1.weight", "down_blocks.0.resnets.0.time_emb_proj.weight")]
    [InlineData("a ControlNet for Stable Diffusion XL", "controlnet_cond_embedding.conv_in.weight", "add_embedding.linear_1.weight")]
    [InlineData("a ControlNet for Flux or Stable Diffusion 3", "controlnet_blocks.0.weight", "transformer_blocks.0.x")]
    [InlineData("a Stable Diffusion 3 checkpoint", "model.diffusion_model.joint_blocks.0.context_block.attn.qkv.weight")]
    [InlineData("a Flux checkpoint", "double_blocks.0.img_attn.qkv.weight")]
    [InlineData("a Flux checkpoint", "single_transformer_blocks.0.attn.to_q.weight")]
    [InlineData("a PixArt checkpoint", "adaln_single.linear.weight", "caption_projection.linear_1.weight")]
    [InlineData("a T5 text encoder (of Stable Diffusion 3, Flux or PixArt)", "encoder.block.0.layer.0.SelfAttention.q.weight")]
    [InlineData("a language model", "model.layers.0.self_attn.q_proj.weight")]
    [InlineData("a safety checker", "concept_embeds", "special_care_embeds", "vision_model.x")]
    [InlineData("an upscaler (ESRGAN or of its kind)", "model.1.sub.0.RDB1.conv1.0.weight")]
    [InlineData("a ControlNet, original names", "control_model.input_hint_block.0.weight")]
    [InlineData("an autoencoder", "encoder.down_blocks.0.resnets.0.conv1.weight")]
    [InlineData("an autoencoder, original names", "encoder.down.0.block.0.conv1.weight")]
    [InlineData("a CLIP text encoder", "text_model.embeddings.token_embedding.weight")]
    [InlineData("a Stable Diffusion checkpoint in one file, original names", "model.diffusion_model.input_blocks.0.0.weight")]
    [InlineData(
        "weights quantised by bitsandbytes (NF4 or 8 bits)",
        "model.diffusion_model.input_blocks.0.0.weight",
        "model.diffusion_model.out.2.weight.absmax"
    )]
    [InlineData("a Qwen-Image checkpoint", "transformer_blocks.0.img_mod.1.weight", "txt_in.weight")]
    [InlineData("unknown weights", "fc.weight", "fc.bias", "other", "emb")]
    public void Names_tell_what_weights_are(string title, params string[] tensors)
    {
        using var file = Checkpoint.Open(
            EmptyWeights.Write(_folder.File("some.safetensors"), tensors.Select(name => (name, new long[] { 1, 1 })))
        );
        Assert.Equal(title, WeightKinds.Identify(file).Title);
    }

    [Theory]
    [InlineData(4, "the U-Net of a model, without autoencoder and text encoder")]
    [InlineData(9, "the U-Net of an inpainting model (9 input channels)")]
    [InlineData(8, "the U-Net of a picture-to-picture model such as InstructPix2Pix (8 input channels)")]
    public void Input_channels_tell_what_a_unet_is_for(long channels, string title)
    {
        using var file = Checkpoint.Open(
            EmptyWeights.Write(
                _folder.File("some.safetensors"),
                [("conv_in.weight", [32, channels, 3, 3]), ("down_blocks.0.resnets.0.time_emb_proj.weight", [1])]
            )
        );
        Assert.Equal((title, WeightKind.UNet), (WeightKinds.Identify(file).Title, WeightKinds.Of(file)));
    }

    [Fact]
    public void A_lora_is_named_wherever_it_is_given_with_what_to_do()
    {
        var lora = EmptyWeights.Write(_folder.File("lora.safetensors"), [("lora_unet_x.lora_down.weight", [1, 1])]);
        using var model = DiffusionModel.Load(TinyModels.Write(_folder.File("tiny")), Placement.Reference);
        foreach (
            var refused in new Action[]
            {
                () => DiffusionModel.Load(lora, Placement.Reference),
                () => LayoutAdapter.Load(lora, model),
                () => ControlNetAdapter.Load(lora, model),
                () => ModelConversion.Convert(lora, _folder.File("out"), new ConversionOptions()),
            }
        )
        {
            var message = Assert.Throws<LumenException>(refused).Message;
            Assert.Contains("it is a LoRA (kohya's names); Lumen applies none: merge it into its base", message, StringComparison.Ordinal);
        }
        var report = ModelInspector.Inspect(lora);
        Assert.Equal("a LoRA (kohya's names)", report.Kind);
        Assert.Contains("merge it into its base", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void An_autoencoder_or_a_whole_model_given_as_adapter_is_named()
    {
        var place = TinyModels.Write(_folder.File("tiny"));
        using var model = DiffusionModel.Load(place, Placement.Reference);
        foreach (var load in new Action<string>[] { path => LayoutAdapter.Load(path, model), path => ControlNetAdapter.Load(path, model) })
        {
            Assert.Contains(
                "is not a ControlNet: it is the autoencoder of a model",
                Refused(() => load(Path.Combine(place, "vae"))),
                StringComparison.Ordinal
            );
            Assert.Contains(
                "is not a ControlNet: it is an autoencoder",
                Refused(() => load(Path.Combine(place, "vae", "diffusion_pytorch_model.safetensors"))),
                StringComparison.Ordinal
            );
            Assert.Contains("is a whole model, not an adapter", Refused(() => load(place)), StringComparison.Ordinal);
        }

        static string Refused(Action load) => Assert.Throws<LumenException>(load).Message;
    }

    [Theory]
    [InlineData("StableDiffusionXLPipeline", "is a Stable Diffusion XL model (StableDiffusionXLPipeline)")]
    [InlineData("StableDiffusionInpaintPipeline", "is an inpainting model of Stable Diffusion (9 input channels)")]
    [InlineData("FluxPipeline", "is a Flux model (FluxPipeline)")]
    [InlineData("StableDiffusion3Pipeline", "is a Stable Diffusion 3 model")]
    public void A_folder_of_another_family_is_named_by_its_index(string name, string sentence)
    {
        var folder = TinyModels.Write(_folder.File("tiny"));
        File.WriteAllText(Path.Combine(folder, "model_index.json"), $$"""{"_class_name": "{{name}}"}""");
        Assert.Contains(
            sentence,
            Assert.Throws<LumenException>(() => DiffusionModel.Load(folder, Placement.Reference)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(name, ModelInspector.Inspect(folder).Kind, StringComparison.Ordinal);
    }
}
