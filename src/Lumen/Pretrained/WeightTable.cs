namespace Lumen.Pretrained;

/// <summary>What weights are called, and what they are: data. The more special stand first.</summary>
internal static class WeightTable
{
    private const string Merge =
        "Lumen applies none: merge it into its base with the tool that made it, and give the whole model to `Model`";
    private const string OtherModel = "Lumen runs Stable Diffusion 1.x and 2.x: choose a model of these";
    private const string OtherControl = "Lumen steers by ControlNets of Stable Diffusion 1.x and 2.x: choose one of these";
    private const string ToAdapter = "give it to `Adapter`";
    private const string WholeFolder = "give `Model` the folder above it, which holds the other parts too";

    /// <summary>The rows.</summary>
    public static IReadOnlyList<WeightMarks> Rows { get; } =
    [
        Foreign(
            "weights quantised by bitsandbytes (NF4 or 8 bits)",
            "Lumen reads whole numbers and floats only: use the same model in 16 bits",
            "*.absmax|*.quant_state.*|*.weight.quant_map|*.weight_format"
        ),
        // Small changes to a model, before the models whose names they repeat.
        Foreign("a LyCORIS LoKr (a small change to a model, as Kronecker products)", Merge, "*.lokr_w1|*.lokr_w1_a|*.lokr_w2|*.lokr_w2_a"),
        Foreign("a LyCORIS LoHa (a small change to a model, as Hadamard products)", Merge, "*.hada_w1_a|*.hada_w1_b"),
        Foreign("a LyCORIS (IA)^3 (a small change to a model, as scales)", Merge, "*.on_input"),
        Foreign("an OFT (a small change to a model, as rotations)", Merge, "*.oft_blocks|*.oft_diag|*.oft_R*"),
        Foreign("a ControlNet-LLLite", OtherControl, "lllite_unet_*|lllite_*"),
        Foreign("a Control-LoRA (a ControlNet as small changes to a Stable Diffusion XL U-Net)", OtherControl, "lora_controlnet"),
        Foreign(
            "a LoRA for Flux",
            Merge,
            "lora_unet_double_blocks_*|lora_unet_single_blocks_*|transformer.single_transformer_blocks.*lora*|*double_blocks.*lora*"
        ),
        Foreign(
            "a LoRA for Stable Diffusion 3",
            Merge,
            "lora_unet_joint_blocks_*|transformer.transformer_blocks.*attn.add_*_proj.lora*|*joint_blocks.*lora*"
        ),
        Foreign(
            "a LoRA for Stable Diffusion XL (kohya's names)",
            Merge,
            "lora_te2_*|lora_unet_input_blocks_7_1_transformer_blocks_2_*|lora_unet_down_blocks_2_attentions_0_transformer_blocks_2_*"
        ),
        Foreign("a LoRA (kohya's names)", Merge, "lora_unet_*|lora_te_*|lora_te1_*|lora_transformer_*"),
        Foreign("a LoRA (peft's names)", Merge, "base_model.model.*|*.lora_A.weight|*.lora_A.*.weight"),
        Foreign(
            "a LoRA (diffusers' names)",
            Merge,
            "*lora.down.weight|*lora.up.weight|*_lora.down.weight|*.lora_down.weight|*.lora_linear_layer.*"
        ),
        Foreign(
            "an IP-Adapter (pictures as prompts)",
            "Lumen runs none: describe the look in the prompt",
            "image_proj.*|*.to_k_ip.weight|ip_adapter.*"
        ),
        Foreign("a motion module of AnimateDiff (video)", "Lumen makes single pictures and runs none", "*motion_modules.*"),
        Foreign("a GLIGEN model (places given by boxes)", OtherModel, "*.fuser.attn.*"),
        // Textual inversions hold next to nothing.
        Foreign(
            "a textual inversion (a new word for a text encoder)",
            "Lumen applies none: describe what it stands for in the prompt",
            "emb_params|string_to_param*|string_to_token*"
        ),
        Foreign(
            "a textual inversion for Stable Diffusion XL (a new word for two text encoders)",
            "Lumen applies none: describe what it stands for in the prompt",
            "clip_g",
            "clip_l"
        ) with
        {
            MostTensors = 2,
        },
        Foreign(
            "a textual inversion (a new word for a text encoder)",
            "Lumen applies none: describe what it stands for in the prompt",
            "<*>"
        ) with
        {
            MostTensors = 1,
        },
        // ControlNets and their kin.
        Foreign("a T2I-Adapter", OtherControl, "adapter.body.*|body.0.block1.*|body.0.resnets.0.block1.*"),
        Foreign("a ControlNet for Stable Diffusion XL", OtherControl, "controlnet_cond_embedding.conv_in.*", "add_embedding.linear_1.*"),
        Foreign(
            "a ControlNet for Flux or Stable Diffusion 3",
            OtherControl,
            "controlnet_blocks.*|controlnet_x_embedder.*|pos_embed_input.*"
        ),
        Foreign("a ControlNet for Stable Diffusion XL", OtherControl, "controlnet_down_blocks.0.*", "label_emb.*"),
        Foreign("a ControlNet-XS", OtherControl, "*control_to_base*|*ctrl_to_base*|*base_to_ctrl*"),
        Known(
            WeightKind.OriginalControlNet,
            "a ControlNet, original names",
            ToAdapter,
            "control_model.input_hint_block.0.*|input_hint_block.0.*"
        ),
        Known(WeightKind.ControlNet, "a ControlNet", ToAdapter, "controlnet_cond_embedding.conv_in.*"),
        // Whole models of other families.
        Foreign("a Stable Diffusion XL refiner", OtherModel, "conditioner.embedders.0.model.*", "model.diffusion_model.*") with
        {
            Shape = ("model.diffusion_model.input_blocks.0.0.weight", 0, 384),
        },
        Foreign("a Stable Diffusion XL checkpoint", OtherModel, "conditioner.embedders.*"),
        Foreign("a Stable Diffusion XL U-Net", OtherModel, "add_embedding.linear_1.*", "down_blocks.*"),
        Foreign("a Stable Video Diffusion model (video)", OtherModel, "*.time_stack.*|*.temporal_transformer_blocks.*|*.time_mixer.*"),
        Foreign(
            "a Stable Diffusion 3 checkpoint",
            OtherModel,
            "*joint_blocks.0.*|transformer_blocks.0.norm1_context.linear.*",
            "*x_embedder*|*pos_embed*|*joint_blocks*"
        ),
        Foreign("a Flux checkpoint", OtherModel, "*double_blocks.0.*|single_transformer_blocks.0.*"),
        Foreign("a PixArt checkpoint", OtherModel, "adaln_single.*|*y_embedder.y_embedding|caption_projection.linear_1.*"),
        Foreign("a Hunyuan-DiT checkpoint", OtherModel, "mlp_t5.*|*text_embedder.linear_1.*", "blocks.0.*"),
        Foreign("a Stable Cascade checkpoint", OtherModel, "clip_txt_pooled_mapper.*|clip_txt_mapper.*"),
        Foreign("a Qwen-Image checkpoint", OtherModel, "*transformer_blocks.0.img_mod.*"),
        Foreign(
            "a video model (Wan, CogVideoX, LTX or of their kind)",
            OtherModel,
            "patch_embedding.weight|model.diffusion_model.patch_embedding.weight|patch_embed.text_proj.weight|patchify_proj.weight"
        ),
        Known(
            WeightKind.OriginalPipeline,
            "a Stable Diffusion checkpoint in one file, original names",
            "",
            "model.diffusion_model.input_blocks.0.0.*"
        ),
        // Parts of models.
        Of(WeightKind.UNet, "the U-Net of an inpainting model (9 input channels)", ModelFamily.Instead, 9),
        Of(WeightKind.UNet, "the U-Net of a picture-to-picture model such as InstructPix2Pix (8 input channels)", ModelFamily.Instead, 8),
        Known(
            WeightKind.UNet,
            "the U-Net of a model, without autoencoder and text encoder",
            WholeFolder,
            "down_blocks.0.resnets.0.time_emb_proj.*"
        ),
        Foreign(
            "a Stable Diffusion U-Net in one file, original names, without autoencoder and text encoder",
            "give `Model` a checkpoint that holds all three",
            "input_blocks.0.0.weight",
            "middle_block.*",
            "output_blocks.*"
        ),
        Known(WeightKind.Autoencoder, "an autoencoder", WholeFolder, "encoder.down_blocks.0.resnets.0.conv1.*"),
        Known(
            WeightKind.OriginalAutoencoder,
            "an autoencoder, original names",
            "convert it with \"lumen model convert\" and put it into the folder vae of a model",
            "encoder.down.0.block.0.conv1.*|first_stage_model.encoder.down.0.block.0.conv1.*"
        ),
        Foreign(
            "a tiny autoencoder (TAESD)",
            "Lumen decodes with the model's own autoencoder",
            "encoder.layers.0.*|decoder.layers.1.*|taesd_*",
            "*.conv.*"
        ),
        Known(WeightKind.TextEncoder, "a CLIP text encoder", WholeFolder, "text_model.embeddings.token_embedding.*"),
        Foreign("a safety checker", "Lumen needs none", "concept_embeds", "special_care_embeds*"),
        Foreign("a T5 text encoder (of Stable Diffusion 3, Flux or PixArt)", OtherModel, "encoder.block.0.layer.0.SelfAttention.q.weight"),
        Foreign(
            "a language model",
            OtherModel,
            "model.layers.0.self_attn.q_proj.*|transformer.h.0.attn.*|model.layers.0.self_attn.qkv_proj.*"
        ),
        Foreign(
            "an upscaler (ESRGAN or of its kind)",
            "enlarge pictures after they are generated, with the program it belongs to",
            "*RDB1.conv1.*|*rdb1.conv1.*|*.sub.0.RDB1.*"
        ),
    ];

    private static WeightMarks Foreign(string title, string advice, params IReadOnlyList<string> names) =>
        Known(WeightKind.Foreign, title, advice, names);

    private static WeightMarks Known(WeightKind kind, string title, string advice, params IReadOnlyList<string> names) =>
        new(names, new WeightIdentity(kind, title, advice));

    private static WeightMarks Of(WeightKind kind, string title, string advice, long channels) =>
        Known(kind, title, advice, "down_blocks.0.resnets.0.time_emb_proj.*") with
        {
            Shape = ("conv_in.weight", 1, channels),
        };
}
